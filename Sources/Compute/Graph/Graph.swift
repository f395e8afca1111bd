/// Size of an activation: `batch` images of `height` × `width` pixels, each a vector of `channels`.
package struct Shape: Hashable, Sendable {
  package var batch: Int
  package var height: Int
  package var width: Int
  package var channels: Int

  package init(batch: Int, height: Int = 1, width: Int = 1, channels: Int) {
    self.batch = batch
    self.height = height
    self.width = width
    self.channels = channels
  }

  /// Pixels of one image.
  package var pixels: Int { height * width }
  package var count: Int { batch * pixels * channels }
}

/// A named place in a graph: an activation, dense, in NHWC order.
package struct Value: Hashable, Sendable {
  package let id: Int
  package let shape: Shape
  package let type: ElementType

  package var byteCount: Int { shape.count * type.byteCount }
}

/// A network written down as operations on values, before any memory or primitive exists.
///
/// A network is described once, by appending operations; the same description then gives the
/// floating-point operations and memory it takes, and the `Plan` that runs it.
package final class Graph {
  package private(set) var values: [Value] = []
  package private(set) var operations: [any Operation] = []
  /// Values that the caller writes before each run.
  package private(set) var inputs: [Value] = []
  /// Values that stay readable after a run, by name.
  package private(set) var outputs: [String: Value] = [:]
  /// Values that a test may want to look at, by the reference's module names.
  package private(set) var landmarks: [String: Value] = [:]

  package init() {}

  package func value(_ shape: Shape, _ type: ElementType) -> Value {
    let value = Value(id: values.count, shape: shape, type: type)
    values.append(value)
    return value
  }

  package func input(_ shape: Shape, _ type: ElementType = .f32) -> Value {
    let value = value(shape, type)
    inputs.append(value)
    return value
  }

  package func append(_ operation: any Operation) {
    operations.append(operation)
  }

  package func output(_ name: String, _ value: Value) {
    outputs[name] = value
  }

  package func landmark(_ name: String, _ value: Value) {
    landmarks[name] = value
  }

  /// Floating-point operations of one run; a multiplication and an addition count as two.
  package var flops: Double { operations.reduce(0) { $0 + $1.flops } }

  /// About how many bytes the packed weights take.
  package var constantBytes: Int { operations.reduce(0) { $0 + $1.constantBytes } }
}

/// One step of a graph.
package protocol Operation {
  /// What it is, for error messages and profiles: "convolution 3×3 192→384".
  var label: String { get }
  /// Values it reads; one that it updates in place stands here and in `outputs`.
  var inputs: [Value] { get }
  var outputs: [Value] { get }
  var flops: Double { get }
  /// A value it reads last and one it writes that may take the same place.
  var replacement: (old: Value, new: Value)? { get }
  /// About how many bytes it asks of the constant store; a few vectors don't count.
  var constantBytes: Int { get }
  /// Makes primitives and packs weights once; what it returns runs the step, without allocating.
  func compile(_ context: PlanContext) throws -> () throws -> Void
}

extension Operation {
  package var flops: Double { 0 }
  package var replacement: (old: Value, new: Value)? { nil }
  package var constantBytes: Int { 0 }
}
