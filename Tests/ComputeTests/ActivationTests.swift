import Compute
import Testing

@Suite struct ActivationTests {
  @Test(arguments: all)
  func `an activation equals the plain loops`(_ operation: OperationCase) throws {
    try operation.check()
  }

  static let all: [OperationCase] = [1, 5, 64, 4099].flatMap { channels in
    [
      OperationCase("SiLU of \(channels)") { experiment in
        let x = experiment.input(channels: channels, deviation: 5)
        return .init(output: experiment.graph.silu(x)) {
          experiment.reference(x).map(Reference.silu)
        }
      },
      OperationCase("ReLU of \(channels)", tolerance: 0) { experiment in
        let x = experiment.input(channels: channels)
        return .init(output: experiment.graph.relu(x)) {
          Reference.relu(experiment.reference(x))
        }
      },
      OperationCase("ReLU gradient of \(channels)", tolerance: 0) { experiment in
        let (x, dy) = (
          experiment.input(channels: channels), experiment.input(channels: channels)
        )
        return .init(output: experiment.graph.reluBackward(dy, source: x)) {
          Reference.reluBackward(experiment.reference(dy), x: experiment.reference(x))
        }
      },
    ]
  }

  /// SiLU is x/(1 + exp(−x)). Below zero its relative error is that of the exponential.
  @Test
  func `SiLU, and with it the exponential, is within 3e-7 of Double, from −87 to 88`() throws {
    let x = (0...200_000).map { -87 + Float($0) * (175.0 / 200_000) }
    let wrong = zip(x, try silu(x)).filter { x, y in
      let expected = Reference.silu(Double(x))
      return abs(Double(y) - expected) > 3e-7 * abs(expected)
    }
    #expect(wrong.isEmpty, "\(wrong.count) of them, the first at \(wrong.first?.0 ?? 0)")
  }

  @Test
  func `SiLU of a huge number is the number if positive, and almost zero if negative`() throws {
    let x: [Float] = [100, 1e4, 3e38, -100, -1e4, -3e38, 0]
    let y = try silu(x)
    #expect(Array(y[..<3]) == Array(x[..<3]))
    #expect(y[3...].allSatisfy { abs($0) < 1e-30 })
  }

  private func silu(_ x: [Float]) throws -> [Float] {
    let graph = Graph()
    let input = graph.input(Shape(batch: 1, channels: x.count))
    let output = graph.silu(input)
    let plan = try CompiledGraph(graph, threads: 2, keeping: [output])
    plan.write(x, to: input)
    try plan.run()
    return plan.read(output)
  }
}
