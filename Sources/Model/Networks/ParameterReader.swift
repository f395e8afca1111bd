import Compute

/// Hands a network its parameters and remembers which it asked for.
///
/// A network asks for each parameter by name and shape as it is put together; what the checkpoint
/// lacks, has besides, or has in another shape is known only when all have been asked for.
package final class ParameterReader {
  private let read: (@Sendable (_ name: String, _ shape: [Int]) throws -> Tensor)?
  /// Names and shapes in the order they were asked for.
  package private(set) var expected: [(name: String, shape: [Int])] = []

  /// `read` gives the tensor of a name, in the shape that is asked for; it is called when a network
  /// is compiled, not before.
  package init(_ read: @escaping @Sendable (_ name: String, _ shape: [Int]) throws -> Tensor) {
    self.read = read
  }

  /// For a network that is only measured, never run: every parameter is zero.
  package init(shapesOnly: Void) {
    read = nil
  }

  package var count: Int { expected.reduce(0) { $0 + $1.shape.reduce(1, *) } }

  func parameter(_ name: String, _ shape: [Int]) -> Parameter {
    expected.append((name, shape))
    guard let read else { return .zeros(name: name, shape) }
    return Parameter(name: name, shape: shape) { try read(name, shape) }
  }
}
