import Compute

/// Provides the parameters of a network, and records which ones it requests.
///
/// While a network is built, it requests each parameter by name and shape. Missing, additional and
/// wrongly shaped tensors are known when all parameters have been requested.
package final class ParameterReader {
  private let read: (@Sendable (_ name: String, _ shape: [Int]) throws -> Tensor)?
  /// The names and shapes in the order of the requests.
  package private(set) var expected: [(name: String, shape: [Int])] = []

  /// `read` returns the tensor with a name, in the requested shape. It is called when a network is
  /// compiled, not before.
  package init(_ read: @escaping @Sendable (_ name: String, _ shape: [Int]) throws -> Tensor) {
    self.read = read
  }

  /// Creates a reader for a network that is only measured, not run. Every parameter is zero.
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
