import Compute
import Foundation

/// All operations of one kind in a network.
struct OperationKind: Encodable {
  let kind: String
  let count: Int
  let seconds: Double
  let flops: Double
  /// The bytes of inputs, outputs and weights of convolutions, each counted once.
  let bytes: Double
  /// The minimum time in seconds that the machine needs.
  let bound: Double
  /// The roof that limits most of `bound`.
  let limit: Limit

  enum Limit: String, Encodable { case arithmetic, memory }
}

/// Returns the kind of an operation without its size and name, such as "convolution 3×3" or "group
/// norm gradient".
func operationKind(_ label: String) -> String {
  let words = label.split(separator: " ").prefix { word in
    !word.contains("→") && !word.hasPrefix("(") && Int(word) == nil
  }
  return words.joined(separator: " ")
}

/// Returns the median seconds of each operation over `runs` runs, added up by kind, the slowest
/// first.
func measureKinds(
  _ prepared: TimedNetwork, peaks: Peaks, runs: Int
) throws -> [OperationKind] {
  let profiles = try (0..<runs).map { _ in try prepared.network.profile().map(\.seconds) }
  let timed = prepared.graph.operations.enumerated().map { index, operation in
    TimedOperation(operation, seconds: profiles.map { $0[index] }.median, peaks)
  }
  return Dictionary(grouping: timed) { operationKind($0.label) }
    .map { OperationKind($0, $1) }
    .sorted { $0.seconds > $1.seconds }
}

private struct TimedOperation {
  let label: String
  let seconds: Double
  let flops: Double
  let bytes: Double
  let bound: Double
  let isBoundByArithmetic: Bool

  init(_ operation: any Compute.Operation, seconds: Double, _ peaks: Peaks) {
    label = operation.summary
    self.seconds = seconds
    flops = operation.flops
    let values = (operation.inputs + operation.outputs).reduce(0) { $0 + $1.byteCount }
    let weights = (operation as? Convolution).map { DirectConvolution.Size($0).weightBytes } ?? 0
    bytes = Double(values + weights)
    let type = operation.inputs.first?.type ?? .f32
    bound = peaks.seconds(flops: flops, type: type, bytes: bytes)
    isBoundByArithmetic = bound > peaks.seconds(flops: 0, type: type, bytes: bytes)
  }
}

extension OperationKind {
  fileprivate init(_ kind: String, _ operations: [TimedOperation]) {
    func sum(_ figure: (TimedOperation) -> Double) -> Double {
      operations.reduce(0) { $0 + figure($1) }
    }
    self.kind = kind
    count = operations.count
    seconds = sum(\.seconds)
    flops = sum(\.flops)
    bytes = sum(\.bytes)
    bound = sum(\.bound)
    let arithmetic = sum { $0.isBoundByArithmetic ? $0.bound : 0 }
    limit = 2 * arithmetic > bound ? .arithmetic : .memory
  }
}
