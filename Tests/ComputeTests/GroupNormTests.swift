import Compute
import Testing

@Suite struct GroupNormTests {
  @Test(arguments: sources)
  func `a group norm equals the plain loops for one and two sources`(_ operation: OperationCase)
    throws
  { try operation.check() }

  @Test(arguments: resamplings)
  func `a group norm with resampling equals the plain loops`(_ operation: OperationCase) throws {
    try operation.check()
  }

  @Test(arguments: offsets)
  func `a group norm is accurate if the mean is a hundred deviations`(_ operation: OperationCase)
    throws
  { try operation.check() }

  @Test(arguments: gradients)
  func `a group norm's input gradient equals the plain loops`(_ operation: OperationCase) throws {
    try operation.check()
  }

  @Test(arguments: groupings)
  func `a group norm has the number of groups and the ε that are given`(_ operation: OperationCase)
    throws
  { try operation.check() }

  static let all: [OperationCase] = sources + resamplings + offsets + gradients + groupings

  /// The values are so small that ε changes the result.
  static let groupings: [OperationCase] = [(1, 1e-6), (4, 1e-6), (16, 1e-3), (96, 1e-5)].flatMap {
    groups, epsilon -> [OperationCase] in
    let grouping = Reference.Grouping(groups: groups, epsilon: epsilon)
    let setting = Setting(
      channels: [96], modulation: .scaleShift, deviation: 1e-3, grouping: grouping)
    return [forward(setting), gradient(setting, downsampled: false, adds: false)]
  }

  enum ModulationKind: CaseIterable { case none, scaleShift, bias }

  /// The size and the options of a group norm.
  struct Setting {
    var height = 5
    var width = 7
    var channels = [64]
    var modulation = ModulationKind.none
    var activates = true
    var resampling = Resampling.none
    var mean: Float = 0
    var deviation: Float = 1
    var grouping = Reference.Grouping()
    var from = ElementType.f32
    var to: ElementType?

    var name: String {
      "\(height)×\(width)×\(channels) \(modulation)\(activates ? " SiLU" : "") \(resampling)"
        + " mean \(mean), \(grouping.groups) groups, ε \(grouping.epsilon)"
    }
  }

  // Groups of 3 (96), 4 (128) and 5 (160) channels. Some groups have channels of both sources.
  static let sources: [OperationCase] = [[32], [64], [96], [32, 64], [96, 32], [96, 64]]
    .flatMap { channels in
      ModulationKind.allCases.flatMap { modulation in
        ElementType.allCases.map { type in
          let activates = (modulation == .bias) == (type == .bf16)
          let setting = Setting(
            channels: channels, modulation: modulation, activates: activates, from: type)
          return forward(setting, batch: channels.count == 1 ? 3 : 1)
        }
      }
    }

  static let resamplings: [OperationCase] = [(1, 1), (3, 5), (8, 2), (17, 17), (1, 300)].flatMap {
    height, width in
    [Resampling.none, .up, .down].flatMap { resampling in
      [(ElementType.f32, ElementType.f32), (.bf16, .bf16), (.f32, .bf16), (.bf16, .f32)]
        .compactMap { from, to -> OperationCase? in
          if resampling == .down && min(height, width) < 2 { return nil }
          let setting = Setting(
            height: height, width: width, channels: [32, 64], activates: resampling != .down,
            resampling: resampling, from: from, to: to)
          return forward(setting, batch: height * width > 100 ? 1 : 3)
        }
    }
  }

  /// If the mean is a hundred standard deviations, f32 keeps five of its seven digits.
  static let offsets: [OperationCase] = ModulationKind.allCases.map { modulation in
    forward(
      Setting(height: 17, width: 19, channels: [32, 64], modulation: modulation, mean: 100),
      batch: 1,
      tolerance: 1e-4)
  }

  private static func forward(
    _ setting: Setting, batch: Int = 3, tolerance: Double? = nil
  ) -> OperationCase {
    let to = setting.to ?? setting.from
    // A single pixel of a single channel is the mean of its group. The rest is the rounding error
    // of x·a + b.
    let single = setting.height * setting.width == 1 ? 1e-4 : nil
    return OperationCase(
      "\(setting.name) \(setting.from)→", to, batch: batch,
      tolerance: tolerance ?? (to == .f32 ? single : nil)
    ) { experiment in
      let test = GroupNormExperiment(experiment, setting)
      let norm = test.forward(resampling: setting.resampling, type: to)
      return .init(output: norm.output) {
        Reference.groupNorm(
          test.sources.map(experiment.reference), scale: test.scale.elements,
          shift: test.shift.elements, setting.grouping, modulation: test.referenceModulation,
          activates: setting.activates, resampling: setting.resampling)
      }
    }
  }

  static let gradients: [OperationCase] = [32, 96, 160].flatMap { channels in
    ElementType.allCases.flatMap { type in
      [(3, 5), (8, 8), (12, 24), (1, 300)].flatMap { height, width in
        [(false, false), (true, false), (false, true), (true, true)].compactMap {
          (downsampled, adds) -> OperationCase? in
          if downsampled && (height % 2 == 1 || width % 2 == 1) { return nil }
          let modulation = ModulationKind.allCases[(height + channels / 32) % 3]
          let setting = Setting(
            height: height, width: width, channels: [channels], modulation: modulation,
            activates: !adds || downsampled, from: type)
          return gradient(setting, downsampled: downsampled, adds: adds)
        }
      }
    }
  }

  private static func gradient(
    _ setting: Setting, downsampled: Bool, adds: Bool
  ) -> OperationCase {
    let name =
      "gradient \(setting.name)\(downsampled ? " downsampled" : "")\(adds ? " adding" : "")"
    let batch = setting.height * setting.width > 100 ? 1 : 3
    // bf16 rounds the gradient of the sum before it becomes the gradient of x.
    let tolerance = setting.from == .bf16 ? 2 * 0x1p-8 : nil
    return OperationCase(name, setting.from, batch: batch, tolerance: tolerance) { experiment in
      let test = GroupNormExperiment(experiment, setting)
      let norm = test.forward(resampling: downsampled ? .down : .none, type: setting.from)
      let (x, shape) = (test.sources[0], norm.output.shape)
      let dy = experiment.input(
        height: shape.height, width: shape.width, channels: shape.channels, setting.from)
      let residual = experiment.input(
        height: setting.height, width: setting.width, channels: shape.channels, setting.from)
      let output = experiment.graph.groupNormBackward(
        dy, source: x, coefficients: norm.coefficients, groups: setting.grouping.groups,
        activates: setting.activates,
        downsampled: downsampled, adding: adds ? residual : nil, name: "norm")
      return .init(output: output) {
        let dx = Reference.groupNormBackward(
          experiment.reference(dy), source: experiment.reference(x), scale: test.scale.elements,
          shift: test.shift.elements, setting.grouping, modulation: test.referenceModulation,
          activates: setting.activates, downsampled: downsampled)
        return adds ? dx + experiment.reference(residual) : dx
      }
    }
  }
}

/// The sources, weights and modulation of a group norm under test.
private struct GroupNormExperiment {
  let experiment: Experiment
  let setting: GroupNormTests.Setting
  let sources: [Value]
  let scale: TestWeight
  let shift: TestWeight
  /// Wider than the part that is read, like the combined rows of all blocks.
  let rows: Value
  private let offset = 5

  init(_ experiment: Experiment, _ setting: GroupNormTests.Setting) {
    self.experiment = experiment
    self.setting = setting
    sources = setting.channels.map {
      experiment.input(
        height: setting.height, width: setting.width, channels: $0, setting.from,
        mean: setting.mean, deviation: setting.deviation)
    }
    let channels = setting.channels.reduce(0, +)
    scale = experiment.weight(channels, mean: 1)
    shift = experiment.weight(channels)
    rows = experiment.input(channels: 2 * channels + 7)
  }

  func forward(
    resampling: Resampling, type: ElementType
  ) -> (output: Value, coefficients: Value) {
    let modulation: Modulation =
      switch setting.modulation {
      case .none: .none
      case .scaleShift: .scaleShift(rows: rows, offset: offset)
      case .bias: .bias(rows: rows, offset: offset)
      }
    return experiment.graph.groupNorm(
      sources, scale: scale.parameter, shift: shift.parameter, groups: setting.grouping.groups,
      epsilon: setting.grouping.epsilon, modulation: modulation,
      activates: setting.activates, resampling: resampling, type: type)
  }

  var referenceModulation: Reference.Modulation {
    switch setting.modulation {
    case .none: .none
    case .scaleShift: .scaleShift(rows: experiment.reference(rows), offset: offset)
    case .bias: .bias(rows: experiment.reference(rows), offset: offset)
    }
  }
}
