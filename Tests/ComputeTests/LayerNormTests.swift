import Compute
import Testing

@Suite struct LayerNormTests {
  @Test(arguments: norms)
  func `a layer norm equals the plain loops with and without weights and modulation`(
    _ operation: OperationCase
  ) throws { try operation.check() }

  @Test(arguments: types)
  func `a layer norm reads and writes every type`(_ operation: OperationCase) throws {
    try operation.check()
  }

  @Test(arguments: means)
  func `a layer norm is accurate if the mean is a hundred deviations`(_ operation: OperationCase)
    throws
  { try operation.check() }

  @Test(arguments: epsilons)
  func `a layer norm has the ε that is given`(_ operation: OperationCase) throws {
    try operation.check()
  }

  static let all: [OperationCase] = norms + types + means + epsilons

  enum Kind: CaseIterable { case plain, scaled, affine, rootMeanSquare }
  enum ModulationKind: CaseIterable { case none, scaleShift, shiftScale }

  struct Setting {
    var height = 3
    var width = 7
    var channels = 40
    var kind = Kind.plain
    var modulation = ModulationKind.none
    var mean: Float = 0
    var deviation: Float = 1
    var epsilon = 1e-5
    var from = ElementType.f32
    var to = ElementType.f32
  }

  static let norms: [OperationCase] = [1, 15, 16, 72, 1152].flatMap { channels in
    Kind.allCases.flatMap { kind in
      ModulationKind.allCases.map { modulation in
        norm(Setting(channels: channels, kind: kind, modulation: modulation))
      }
    }
  }

  static let types: [OperationCase] = [(1, 1, 31), (17, 3, 64), (5, 7, 96)].flatMap {
    height, width, channels in
    ElementType.allCases.flatMap { from in
      ElementType.allCases.map { to in
        norm(
          Setting(
            height: height, width: width, channels: channels, kind: .affine,
            modulation: .shiftScale, from: from, to: to))
      }
    }
  }

  /// If the mean is a hundred standard deviations, f32 keeps five of its seven digits.
  static let means: [OperationCase] = [
    norm(Setting(channels: 576, kind: .affine, mean: 100), tolerance: 1e-4)
  ]

  static let epsilons: [OperationCase] = [1e-6, 1e-5, 1e-3].flatMap { epsilon in
    [Kind.affine, .rootMeanSquare].map { kind in
      norm(Setting(kind: kind, deviation: 1e-3, epsilon: epsilon))
    }
  }

  private static func norm(_ setting: Setting, tolerance: Double? = nil) -> OperationCase {
    let name =
      "\(setting.kind) norm \(setting.height)×\(setting.width)×\(setting.channels) \(setting.from)→,"
      + " \(setting.modulation), mean \(setting.mean), ε \(setting.epsilon)"
    return OperationCase(name, setting.to, tolerance: tolerance) { experiment in
      let (channels, offset) = (setting.channels, 5)
      let x = experiment.input(
        height: setting.height, width: setting.width, channels: channels, setting.from,
        mean: setting.mean, deviation: setting.deviation)
      // Wider than the part that is read, like the combined rows of all blocks.
      let rows = experiment.input(channels: 2 * channels + 7)
      let scale = setting.kind == .plain ? nil : experiment.weight(channels, mean: 1)
      let shift = setting.kind == .affine ? experiment.weight(channels) : nil
      let output =
        setting.kind == .rootMeanSquare
        ? experiment.graph.rmsNorm(
          x, scale: scale!.parameter, epsilon: setting.epsilon,
          modulation: setting.modulation.modulation(rows, offset), type: setting.to)
        : experiment.graph.layerNorm(
          x, scale: scale?.parameter, shift: shift?.parameter, epsilon: setting.epsilon,
          modulation: setting.modulation.modulation(rows, offset), type: setting.to)
      return .init(output: output) {
        let y = Reference.layerNorm(
          experiment.reference(x), scale: scale?.elements, shift: shift?.elements,
          epsilon: setting.epsilon, centers: setting.kind != .rootMeanSquare)
        let rows = experiment.reference(rows)
        return switch setting.modulation {
        case .none: y
        case .scaleShift:
          Reference.modulated(y, rows: rows, scale: offset, shift: offset + channels)
        case .shiftScale:
          Reference.modulated(y, rows: rows, scale: offset + channels, shift: offset)
        }
      }
    }
  }
}

extension LayerNormTests.ModulationKind {
  fileprivate func modulation(_ rows: Value, _ offset: Int) -> Modulation {
    switch self {
    case .none: .none
    case .scaleShift: .scaleShift(rows: rows, offset: offset)
    case .shiftScale: .shiftScale(rows: rows, offset: offset)
    }
  }
}
