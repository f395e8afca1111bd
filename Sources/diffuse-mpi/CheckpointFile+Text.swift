import Checkpoint
import Model

extension CheckpointFile {
  /// Which weights of the file are used, in words; `nil` where it holds nothing else and no wrapper
  /// was taken off.
  var weightsText: String? {
    let key = chosen.key.printable
    let others = stateDicts.filter { $0.key != chosen.key }.map(\.key.printable)
    if isChosenAsAverage {
      return "averaged weights \(key), not \(others.joined(separator: ", "))"
    }
    if isOneOfSeveral { return "weights \(key), not \(others.joined(separator: ", "))" }
    let parts = [
      stateDictionaryKey.map { _ in "weights under \(key)" },
      chosen.prefix.isEmpty ? nil : "without the prefix \(chosen.prefix.printable)",
    ].compactMap { $0 }
    return parts.isEmpty ? nil : parts.joined(separator: " ")
  }
}
