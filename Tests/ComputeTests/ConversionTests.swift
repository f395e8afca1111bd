import Compute
import Testing

@Suite struct ConversionTests {
  /// Every upper half of a float, with lower halves around a tie and at both ends of the range.
  @Test(arguments: [0, 1, 0x7fff, 0x8000, 0x8001, 0xffff] as [UInt32])
  func `f32 becomes bf16 rounded to nearest, ties to even, and NaN stays NaN`(_ lower: UInt32)
    throws
  {
    let elements = (0..<1 << 16).map { Float(bitPattern: UInt32($0) << 16 | lower) }
    let graph = Graph()
    let x = graph.input(Shape(batch: 1, channels: elements.count))
    let y = graph.converted(x, to: .bf16)
    let plan = try CompiledGraph(graph, threads: 2, keeping: [y])
    plan.write(elements, to: x)
    try plan.run()
    let actual = UnsafeBufferPointer(
      start: plan.pointer(y).assumingMemoryBound(to: UInt16.self), count: elements.count)
    let wrong = elements.indices.filter { actual[$0] != Reference.bfloat16(elements[$0]) }
    #expect(wrong.isEmpty, "\(wrong.count) of them, the first \(elements[wrong.first ?? 0])")
  }

  @Test
  func `bf16 becomes f32 exactly`() throws {
    let graph = Graph()
    let x = graph.input(Shape(batch: 1, channels: 1 << 16), .bf16)
    let y = graph.converted(x, to: .f32)
    let plan = try CompiledGraph(graph, threads: 2, keeping: [y])
    let start = plan.pointer(x).assumingMemoryBound(to: UInt16.self)
    for bits in 0..<1 << 16 { start[bits] = UInt16(bits) }
    try plan.run()
    let actual = plan.floats(y)
    let wrong = (0..<1 << 16).filter {
      let expected = Float(bitPattern: UInt32($0) << 16)
      return expected.isNaN ? !actual[$0].isNaN : actual[$0] != expected
    }
    #expect(wrong.isEmpty)
  }

  @Test
  func `a value that already has the type is not copied`() {
    let graph = Graph()
    let x = graph.input(Shape(batch: 1, channels: 3))
    #expect(graph.converted(x, to: .f32) == x)
    #expect(graph.operations.isEmpty)
  }

  static let all: [OperationCase] = [
    OperationCase("to bf16", .bf16, tolerance: 0) { experiment in
      let x = experiment.input(height: 71, width: 3, channels: 97)
      return .init(output: experiment.graph.converted(x, to: .bf16)) {
        experiment.reference(x).map { Double(Reference.rounded(Float($0), to: .bf16)) }
      }
    }
  ]
}
