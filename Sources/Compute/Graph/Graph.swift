/// The size of an activation: `batch` images of `height` × `width` pixels, each a vector of
/// `channels`.
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

  /// The number of pixels in one image.
  package var pixels: Int { height * width }
  package var count: Int { batch * pixels * channels }
}

/// A named node in a graph: a dense activation in NHWC order.
package struct Value: Hashable, Sendable {
  package let id: Int
  package let shape: Shape
  package let type: ElementType

  package var byteCount: Int { shape.count * type.byteCount }
}

/// A network described as operations on values, without memory or primitives.
///
/// A network is described once, by appending operations. From this description follow the number of
/// floating-point operations, the memory, and the `CompiledGraph` that runs the network.
package final class Graph {
  package private(set) var values: [Value] = []
  package private(set) var operations: [any Operation] = []
  /// The values that the caller writes before each run.
  package private(set) var inputs: [Value] = []
  /// The values that stay readable after a run, by name.
  package private(set) var outputs: [String: Value] = [:]
  /// The values that tests may read, by the reference's module names.
  package private(set) var probes: [String: Value] = [:]

  package init() {}

  /// Creates a graph with the inputs, outputs and probes of `other`, and with `operations`. Values
  /// that `operations` need and `other` does not have can be added to it first.
  init(_ other: Graph, operations: [any Operation]) {
    values = other.values
    inputs = other.inputs
    outputs = other.outputs
    probes = other.probes
    self.operations = operations
  }

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

  package func probe(_ name: String, _ value: Value) {
    probes[name] = value
  }

  /// The floating-point operations of one run. A multiplication and an addition count as two.
  package var flops: Double { operations.reduce(0) { $0 + $1.flops } }
}

/// One step of a graph: a description, without a way to run it.
///
/// A processor runs the operations that have an extension for it, such as `CPUOperation`.
package protocol Operation {
  /// A description for error messages and profiles, such as "convolution 3×3 192→384".
  var summary: String { get }
  /// The values that the operation reads. A value that it updates in place is also in `outputs`.
  var inputs: [Value] { get }
  var outputs: [Value] { get }
  var flops: Double { get }
  /// An old value that the operation is the last to read, and a new value that may take its memory.
  var replacement: (old: Value, new: Value)? { get }
}

extension Operation {
  package var flops: Double { 0 }
  package var replacement: (old: Value, new: Value)? { nil }
}
