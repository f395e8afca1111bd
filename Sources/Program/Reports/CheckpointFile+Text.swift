import Checkpoint
import Model
import Wording

extension CheckpointFile {
  /// Which weights of the file are used, in words; `nil` where it holds nothing else and no wrapper
  /// was taken off.
  var weightsText: String? {
    let key = chosen.key.printable
    if !alternatives.isEmpty {
      let others = alternatives.map(\.key.printable).joined(separator: ", ")
      return "\(chosen.isAveraged ? "averaged weights" : "weights") \(key), not \(others)"
    }
    let parts = [
      stateDictionaryKey.map { _ in "weights under \(key)" },
      chosen.prefix.isEmpty ? nil : "without the prefix \(chosen.prefix.printable)",
      chosen.insertions.isEmpty
        ? nil : "without \(chosen.insertions.joined(separator: ", ")) in the names",
    ].compactMap { $0 }
    return parts.isEmpty ? nil : parts.joined(separator: " ")
  }
}
