import Compute
import TestSupport
import Testing

@Suite struct MemoryPlanTests {
  @Test(arguments: 0..<200)
  func `no two values that live at the same time share memory`(seed: Int) {
    let (graph, kept) = randomGraph(seed)
    let plan = MemoryPlan(graph, keeping: kept)
    let lives = graph.values.map { life(of: $0, in: graph, kept: kept) }
    for a in graph.values where lives[a.id] != nil {
      #expect(plan.offsets[a.id] % 64 == 0)
      #expect(place(a, plan).upperBound <= plan.byteCount)
      for b in graph.values[..<a.id] {
        guard let first = lives[a.id], let second = lives[b.id], first.overlaps(second) else {
          continue
        }
        #expect(!place(a, plan).overlaps(place(b, plan)), "values \(b.id) and \(a.id)")
      }
    }
  }

  @Test
  func `memory is between the size of the values that live at once and that of all values`() {
    for seed in 0..<200 {
      let (graph, kept) = randomGraph(seed)
      let plan = MemoryPlan(graph, keeping: kept)
      func bytes(_ values: [Value]) -> Int {
        values.reduce(0) { $0 + ($1.byteCount + 63) / 64 * 64 }
      }
      let lives = graph.values.map { life(of: $0, in: graph, kept: kept) }
      let atOnce = graph.operations.indices.map { step in
        bytes(graph.values.filter { lives[$0.id]?.contains(step) ?? false })
      }
      #expect(plan.byteCount <= bytes(graph.values))
      #expect(plan.byteCount >= atOnce.max()!)
    }
  }

  @Test
  func `a chain of any length needs the memory of two neighbours and its ends`() {
    let graph = Graph()
    let shape = Shape(batch: 1, channels: 16)
    var value = graph.input(shape)
    for _ in 0..<50 { value = graph.relu(value) }
    graph.output("last", value)
    #expect(MemoryPlan(graph).byteCount == 4 * 64)
  }

  @Test
  func `a sum overwrites its operand if the operand is not read later`() {
    let graph = Graph()
    let (x, y) = (residual(in: graph, from: nil), residual(in: graph, from: nil))
    let first = residual(in: graph, from: x, adding: y)
    let second = residual(in: graph, from: x, adding: first)
    let third = residual(in: graph, from: x, adding: x)
    let plan = MemoryPlan(graph)
    #expect(plan.offsets[first.id] == plan.offsets[y.id])
    #expect(plan.offsets[second.id] == plan.offsets[y.id])
    #expect(plan.offsets[third.id] != plan.offsets[x.id], "a convolution still reads its source")
  }

  @Test
  func `a sum has its own memory if its operand is read later`() {
    let graph = Graph()
    let x = residual(in: graph, from: nil)
    let y = residual(in: graph, from: x)
    let sum = residual(in: graph, from: x, adding: y)
    graph.output("both", residual(in: graph, from: sum, adding: y))
    #expect(MemoryPlan(graph).offsets[sum.id] != MemoryPlan(graph).offsets[y.id])
    let kept = MemoryPlan(graph, keeping: [y])
    #expect(kept.offsets[graph.outputs["both"]!.id] != kept.offsets[y.id])
  }

  /// Adds a convolution of `source`, or of a new input, plus `added`.
  private func residual(in graph: Graph, from source: Value?, adding added: Value? = nil) -> Value {
    let source = source ?? graph.input(Shape(batch: 1, height: 3, width: 3, channels: 4))
    return graph.convolution(
      source, weights: .zeros(name: "w", [4, 4, 3, 3]), bias: .zeros(name: "b", [4]),
      adding: added)
  }

  private func place(_ value: Value, _ plan: MemoryPlan) -> Range<Int> {
    plan.offsets[value.id]..<plan.offsets[value.id] + value.byteCount
  }

  /// Returns the steps during which a value must keep its memory, or `nil` if no operation uses it.
  private func life(of value: Value, in graph: Graph, kept: Set<Value>) -> ClosedRange<Int>? {
    if kept.contains(value) || graph.inputs.contains(value)
      || graph.outputs.values.contains(value)
    {
      return 0...graph.operations.count
    }
    let touching = graph.operations.indices.filter {
      let operation = graph.operations[$0]
      return operation.inputs.contains(value) || operation.outputs.contains(value)
    }
    guard let first = touching.first, let last = touching.last else { return nil }
    return first...last
  }

  /// Returns a graph of operations that read and write random values, some in place.
  private func randomGraph(_ seed: Int) -> (Graph, kept: Set<Value>) {
    var generator = SeededGenerator(seed)
    let graph = Graph()
    func shape() -> Shape {
      Shape(batch: 1, channels: Int.random(in: 1...400, using: &generator))
    }
    var made = (0..<3).map { _ in graph.input(shape()) }
    for _ in 0..<Int.random(in: 1...30, using: &generator) {
      let inputs = (0..<Int.random(in: 1...3, using: &generator)).map { _ in
        // Mostly recent values, as in a network.
        made.suffix(Int.random(in: 1...made.count, using: &generator)).first!
      }
      let type = ElementType.allCases.randomElement(using: &generator)!
      var outputs = (0..<Int.random(in: 0...2, using: &generator)).map { _ in
        graph.value(shape(), type)
      }
      if outputs.isEmpty { outputs = [inputs[0]] }
      graph.append(Touch(inputs: inputs, outputs: outputs))
      made += outputs
    }
    graph.output("last", made.last!)
    return (graph, Set(made.filter { _ in Int.random(in: 0..<8, using: &generator) == 0 }))
  }

  /// An operation that has only inputs and outputs.
  private struct Touch: Compute.Operation {
    let summary = "touch"
    let inputs: [Value]
    let outputs: [Value]
  }
}
