/// An error while a network is prepared or run.
package enum ComputeError: Error, Equatable, CustomStringConvertible {
  /// A weight is NaN or infinite.
  case notFinite(parameter: String)
  /// oneDNN refused or failed. `status` is the name of its status.
  case library(operation: String, status: String)
  case outOfMemory(bytes: Int)
  /// The processor has no instructions for bf16. `instructions` is the name of those it has.
  case noBF16(instructions: String)

  /// What the user can do about an error. The raw values are the words of a program without
  /// options.
  package enum Advice: String {
    case smallerBatch = "lower the batch size"
    case f32 = "use f32"
  }

  package var description: String { text(\.rawValue) }

  /// Returns the message.
  ///
  /// - Parameter words: returns the words for an advice, such as those that name an option.
  package func text(_ words: (Advice) -> String) -> String {
    switch self {
    case .notFinite(let parameter):
      "tensor \(parameter) holds values that are not finite (NaN or infinity): the checkpoint is damaged"
    case .library(let operation, let status):
      "oneDNN could not run \(operation): \(status)"
    case .outOfMemory(let bytes):
      "not enough memory for \(bytes >> 20) MiB of activations and weights: "
        + words(.smallerBatch)
    case .noBF16(let instructions):
      "this processor (\(instructions)) cannot compute in bf16: \(words(.f32))"
    }
  }
}
