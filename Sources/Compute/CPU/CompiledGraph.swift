import CKernels
import Foundation

/// A graph that is ready to run, with its memory laid out, primitives created and weights packed.
///
/// Nothing is allocated during a run. It belongs to the thread that created it.
package final class CompiledGraph {
  /// The graph that runs, in which operations of the described graph may have been merged.
  package let graph: Graph
  private let context: CompileContext
  private let steps: [() throws -> Void]

  /// Compiles every operation of `graph` for `threads` threads. Like outputs, values in `keeping`
  /// can be read after a run. Weights come from `constants`, or are packed into it.
  ///
  /// - Parameter activations: the memory of all values, which graphs may share if none runs while the
  ///   values of another are needed. Without it, or if it is too small, the graph has its own.
  package init(
    _ graph: Graph, threads: Int, keeping: Set<Value> = [],
    constants: any ConstantStore = PrivateConstants(), activations: AlignedBuffer? = nil
  ) throws {
    let graph = graph.mergingEnlargements(keeping: keeping)
    self.graph = graph
    let context = try CompileContext(
      MemoryPlan(graph, keeping: keeping), threads: threads, constants: constants,
      activations: activations)
    dmpi_set_threads(Int32(threads))
    steps = try graph.operations.map { try $0.onCPU.compile(context) }
    try constants.finish()
    try context.allocateScratch()
    self.context = context
  }

  package func run() throws {
    dmpi_set_threads(Int32(context.threads))
    for step in steps { try step() }
  }

  /// Returns the seconds that each operation took in one run, in order, with its label.
  package func profile() throws -> [(label: String, flops: Double, seconds: Double)] {
    dmpi_set_threads(Int32(context.threads))
    let clock = ContinuousClock()
    return try zip(graph.operations, steps).map { operation, step in
      let elapsed = try clock.measure { try step() }
      let seconds = Double(elapsed.components.attoseconds) * 1e-18
      return (operation.summary, operation.flops, Double(elapsed.components.seconds) + seconds)
    }
  }

  /// The memory of activations and scratch in bytes, without weights and shared memory.
  package var workingBytes: Int { context.workingBytes }

  /// Returns the position of a value: `value.shape.count` elements of its type.
  package func pointer(_ value: Value) -> UnsafeMutableRawPointer { context.pointer(value) }

  /// Returns the elements of an f32 value.
  package func floats(_ value: Value) -> UnsafeMutableBufferPointer<Float> {
    precondition(value.type == .f32, "only f32 values can be read as floats")
    let start = pointer(value).assumingMemoryBound(to: Float.self)
    return UnsafeMutableBufferPointer(start: start, count: value.shape.count)
  }

  /// Returns a copy of a value of any type, converted to f32, in the graph's NHWC order.
  package func read(_ value: Value) -> [Float] {
    [Float](unsafeUninitializedCapacity: value.shape.count) { buffer, count in
      dmpi_convert(
        buffer.baseAddress, DMPI_ELEMENT_F32, pointer(value), value.type.kernelElement,
        Int64(value.shape.count))
      count = value.shape.count
    }
  }
}

/// The memory that compiling and running a graph takes, known from its description alone.
package struct GraphSize {
  /// The bytes of activations, without scratch memory.
  package let activations: Int
  /// The approximate bytes of packed weights, without small vectors.
  package let constants: Int

  package init(_ graph: Graph) {
    let graph = graph.mergingEnlargements(keeping: [])
    activations = MemoryPlan(graph).byteCount
    constants = graph.operations.reduce(0) { $0 + $1.onCPU.constantBytes }
  }
}

/// The context in which an operation is compiled: the positions of values, and shared scratch
/// memory.
final class CompileContext {
  let threads: Int
  private let memory: MemoryPlan
  private let arena: AlignedBuffer
  private let isArenaShared: Bool
  private let constants: any ConstantStore
  private var scratchBytes = 0
  private var scratchBuffer: AlignedBuffer?

  init(
    _ memory: MemoryPlan, threads: Int, constants: any ConstantStore, activations: AlignedBuffer?
  ) throws {
    self.memory = memory
    self.threads = threads
    self.constants = constants
    let shared = activations.flatMap { $0.byteCount >= memory.byteCount ? $0 : nil }
    isArenaShared = shared != nil
    arena = try shared ?? AlignedBuffer(byteCount: memory.byteCount)
  }

  func pointer(_ value: Value) -> UnsafeMutableRawPointer {
    arena.base + memory.offsets[value.id]
  }

  func floats(_ value: Value) -> UnsafeMutablePointer<Float> {
    precondition(value.type == .f32, "this operation works on f32 values alone")
    return pointer(value).assumingMemoryBound(to: Float.self)
  }

  /// Returns constant bytes, such as packed weights. They are 64-byte aligned, read-only, and alive as
  /// long as the plan.
  ///
  /// - Parameters:
  ///   - name: the name of the constant and, if there are several, its layout.
  ///   - fill: called at most once, with `byteCount` zeroed bytes.
  func constant(
    _ name: String, byteCount: Int, fill: (UnsafeMutableRawPointer) throws -> Void
  ) throws -> UnsafeRawPointer {
    try constants.constant(name, byteCount: byteCount, fill: fill)
  }

  /// Returns the unchanged values of a parameter as a constant.
  func floats(_ parameter: Parameter) throws -> UnsafePointer<Float> {
    let count = parameter.shape.reduce(1, *)
    return try constant(parameter.name, byteCount: 4 * count) {
      $0.copyMemory(from: try parameter.load().elements, byteCount: 4 * count)
    }.assumingMemoryBound(to: Float.self)
  }

  /// Creates one instance per thread, in a context in which its products use a single thread.
  func forEachThread<Result>(_ make: () throws -> Result) rethrows -> [Result] {
    dmpi_set_threads(1)
    defer { dmpi_set_threads(Int32(threads)) }
    return try (0..<threads).map { _ in try make() }
  }

  /// Requests scratch memory. Steps run one after the other and share the largest request.
  func reserveScratch(_ bytes: Int) { scratchBytes = max(scratchBytes, bytes) }

  func allocateScratch() throws { scratchBuffer = try AlignedBuffer(byteCount: scratchBytes) }

  var workingBytes: Int {
    (isArenaShared ? 0 : arena.byteCount) + (scratchBuffer?.byteCount ?? 0)
  }

  /// The scratch memory. Available when a step runs, not when it is compiled.
  var scratch: UnsafeMutableRawPointer { scratchBuffer!.base }
}

/// Consecutive pieces of scratch memory, each aligned to cache lines.
struct ScratchLayout {
  private(set) var byteCount = 0

  /// Reserves `bytes` bytes and returns their offset.
  mutating func take(_ bytes: Int) -> Int {
    defer { byteCount += aligned(bytes) }
    return byteCount
  }
}

/// Rounds `bytes` up to whole cache lines.
func aligned(_ bytes: Int) -> Int { (bytes + 63) & ~63 }
