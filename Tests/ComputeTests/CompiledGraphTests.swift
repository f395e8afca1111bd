import Compute
import Testing

@Suite struct CompiledGraphTests {
  @Test(arguments: Machine.productTypes)
  func `sharing memory does not change results`(_ type: ElementType) throws {
    let experiment = Experiment()
    let network = experiment.smallNetwork(type)
    let shared = try CompiledGraph(experiment.graph, threads: 2)
    let apart = try CompiledGraph(
      experiment.graph, threads: 2, keeping: Set(experiment.graph.values))
    for plan in [shared, apart] {
      experiment.fill(plan)
      try plan.run()
    }
    for value in [network.prediction, network.gradient] {
      #expect(bits(shared.read(value)) == bits(apart.read(value)))
    }
  }

  @Test(arguments: Machine.productTypes)
  func `inputs and kept values survive a run`(_ type: ElementType) throws {
    let experiment = Experiment()
    _ = experiment.smallNetwork(type)
    let graph = experiment.graph
    let all = try CompiledGraph(graph, threads: 2, keeping: Set(graph.values))
    experiment.fill(all)
    try all.run()
    // A few at a time, because values that are not kept may overlap those that are.
    for first in 0..<4 {
      let kept = graph.values.filter { $0.id % 4 == first }
      let plan = try CompiledGraph(graph, threads: 2, keeping: Set(kept))
      experiment.fill(plan)
      try plan.run()
      for value in kept + graph.inputs {
        #expect(bits(plan.read(value)) == bits(all.read(value)), "value \(value.id)")
      }
      for value in graph.inputs {
        #expect(plan.read(value).map(Double.init) == experiment.reference(value).elements)
      }
    }
  }

  /// Keeps constants from one plan to the next if they are requested in the same order.
  private final class KeptConstants: ConstantStore {
    private let memory = PrivateConstants()
    private var kept: [(name: String, byteCount: Int, start: UnsafeRawPointer)] = []
    private(set) var asked = 0
    private(set) var made = 0
    private(set) var finished = 0

    func constant(
      _ name: String, byteCount: Int, fill: (UnsafeMutableRawPointer) throws -> Void
    ) throws -> UnsafeRawPointer {
      defer { asked += 1 }
      if kept.indices.contains(asked) {
        #expect(kept[asked].name == name && kept[asked].byteCount == byteCount)
        return kept[asked].start
      }
      made += 1
      let start = try memory.constant(name, byteCount: byteCount, fill: fill)
      kept.append((name, byteCount, start))
      return start
    }

    func finish() {
      finished += 1
      asked = 0
    }
  }

  @Test
  func `a plan with the constants of another loads no weight and gives the same bits`() throws {
    for type in Machine.productTypes {
      let experiment = Experiment()
      let prediction = experiment.smallNetwork(type).prediction
      let store = KeptConstants()
      let plans = try (0..<2).map { _ in
        try CompiledGraph(experiment.graph, threads: 2, keeping: [prediction], constants: store)
      }
      let results = try plans.map { plan in
        experiment.fill(plan)
        try plan.run()
        return bits(plan.read(prediction))
      }
      #expect(results[0] == results[1])
      #expect(results[0] == bits(try experiment.run(prediction)))
      #expect(store.finished == 2)
      #expect(store.made > 20)
    }
  }

  @Test(
    arguments: [Float.nan, .infinity, -.infinity],
    [0, 1, 2, 3])
  func `a weight that is not finite is refused by name`(_ damage: Float, damaged: Int) throws {
    let names = ["weight", "bias", "scale", "shift"]
    let parameters = zip(names, [[32, 32, 3, 3], [32], [32], [32]]).enumerated().map {
      index, parameter in
      var tensor = Tensor(zeros: parameter.1)
      if index == damaged { tensor.elements[tensor.count / 2] = damage }
      return Parameter(name: parameter.0, tensor)
    }
    let graph = Graph()
    let x = graph.input(Shape(batch: 1, height: 3, width: 3, channels: 32))
    let y = graph.convolution(x, weights: parameters[0], bias: parameters[1])
    _ = graph.groupNorm([y], scale: parameters[2], shift: parameters[3], activates: true)
    #expect(throws: ComputeError.notFinite(parameter: names[damaged])) {
      try CompiledGraph(graph, threads: 1)
    }
  }

  @Test
  func `the error for a damaged weight gives its stored name`() throws {
    var tensor = Tensor(zeros: [4, 6, 1, 1])
    tensor.elements[9] = .nan
    let parameter = Parameter(name: "stored", tensor)
    let uses = [
      parameter.reshaped([4, 6]), parameter.inputChannels(2..<6), parameter.transposedForGradient,
      .concatenated([.zeros(name: "sound", [1, 6, 1, 1]), parameter], name: "all"),
    ]
    for use in uses {
      #expect(throws: ComputeError.notFinite(parameter: "stored")) { try use.load() }
    }
    #expect(try parameter.inputChannels(0..<3).load().count == 12)
  }

  @Test(.enabled(if: !Processor.canComputeBF16))
  func `bf16 products are refused with a reason on a processor without them`() throws {
    let experiment = Experiment()
    _ = experiment.smallNetwork(.bf16)
    let error = #expect(throws: ComputeError.self) {
      try CompiledGraph(experiment.graph, threads: 1)
    }
    guard case .library(_, "not implemented") = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }
}
