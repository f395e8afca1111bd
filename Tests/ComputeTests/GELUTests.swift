import Compute
import Testing

@Suite struct GELUTests {
  @Test(arguments: activations)
  func `GELU equals the plain loops`(_ operation: OperationCase) throws { try operation.check() }

  @Test(arguments: units)
  func `a gated unit equals the plain loops`(_ operation: OperationCase) throws {
    try operation.check()
  }

  static let all: [OperationCase] = activations + units

  static let activations: [OperationCase] = ElementType.allCases.flatMap { type in
    [(1, 1, 1), (3, 5, 31), (4, 4, 96)].flatMap { height, width, channels in
      [GELU.Approximation.none, .tanh].map { approximation in
        OperationCase("GELU \(approximation) of \(height)×\(width)×\(channels)", type) {
          experiment in
          let x = experiment.input(
            height: height, width: width, channels: channels, type, deviation: 3)
          return .init(output: experiment.graph.gelu(x, approximation)) {
            experiment.reference(x).map(approximation.plain)
          }
        }
      }
    }
  }

  static let units: [OperationCase] = ElementType.allCases.flatMap { type in
    [(1, 1, 2), (3, 5, 62), (4, 4, 64), (1, 3, 384)].flatMap { height, width, channels in
      [
        OperationCase("GEGLU of \(height)×\(width)×\(channels)", type) { experiment in
          let x = experiment.input(
            height: height, width: width, channels: channels, type, deviation: 2)
          return .init(output: experiment.graph.geglu(x)) {
            Reference.gatedUnit(experiment.reference(x)) { $0 * Reference.gelu($1) }
          }
        },
        OperationCase("SwiGLU of \(height)×\(width)×\(channels)", type) { experiment in
          let x = experiment.input(
            height: height, width: width, channels: channels, type, deviation: 2)
          return .init(output: experiment.graph.swiglu(x)) {
            Reference.gatedUnit(experiment.reference(x)) { Reference.silu($0) * $1 }
          }
        },
      ]
    }
  }

  /// Far below zero, the result by tanh is as exact as the exponential of a number of this size.
  @Test(arguments: [(GELU.Approximation.none, 1e-6), (.tanh, 3e-6)])
  func `GELU in f32 is as close to Double as documented, relative to the result`(
    _ approximation: GELU.Approximation, _ tolerance: Double
  ) throws {
    let x = (0...200_000).map { -5 + Float($0) * (15.0 / 200_000) }
    let wrong = zip(x, try gelu(x, approximation, .f32)).filter { x, y in
      let expected = approximation.plain(Double(x))
      return abs(Double(y) - expected) > tolerance * abs(expected)
    }
    #expect(wrong.count == 0, "the first at \(wrong.first?.0 ?? 0)")
  }

  @Test(arguments: [GELU.Approximation.none, .tanh])
  func `GELU in bf16 is within the rounding of its result and 2e-4`(
    _ approximation: GELU.Approximation
  ) throws {
    let x = (0...8191).map { Reference.rounded(-5 + Float($0) * (15.0 / 8192), to: .bf16) }
    let wrong = zip(x, try gelu(x, approximation, .bf16)).filter { x, y in
      let expected = approximation.plain(Double(x))
      return abs(Double(y) - expected) > (0x1p-8 + 2e-4) * abs(expected)
    }
    #expect(wrong.count == 0, "the first at \(wrong.first?.0 ?? 0)")
  }

  @Test(arguments: [GELU.Approximation.none, .tanh], ElementType.allCases)
  func `GELU of a huge number is the number if positive, and almost zero if negative`(
    _ approximation: GELU.Approximation, _ type: ElementType
  ) throws {
    // A power of two has the same value in both types. Twice, to fill the vectors of sixteen.
    let x: [Float] = [0x1p7, 0x1p14, 0x1p127, -0x1p7, -0x1p14, -0x1p127, 0, -0x1p5]
    for y in [try gelu(x, approximation, type), try gelu(x + x, approximation, type)] {
      #expect(Array(y[..<3]) == Array(x[..<3]))
      #expect(y[3..<8].allSatisfy { abs($0) < 1e-30 })
    }
  }

  private func gelu(
    _ x: [Float], _ approximation: GELU.Approximation, _ type: ElementType
  ) throws -> [Float] {
    let graph = Graph()
    let input = graph.input(Shape(batch: 1, channels: x.count), type)
    let output = graph.gelu(input, approximation)
    let plan = try CompiledGraph(graph, threads: 2, keeping: [output])
    plan.write(x, to: input)
    try plan.run()
    return plan.read(output)
  }
}

extension GELU.Approximation {
  fileprivate var plain: @Sendable (Double) -> Double {
    switch self {
    case .none: Reference.gelu
    case .tanh: Reference.geluByTanh
    }
  }
}
