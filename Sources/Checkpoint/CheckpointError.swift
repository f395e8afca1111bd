/// An error while a checkpoint is read: what is wrong, where in the file, and what to do about it.
package enum CheckpointError: Error, Sendable, Equatable {
  /// The file cannot be opened or mapped (exit status 66).
  case unreadable(path: String, reason: String)
  /// The file can be opened, but its contents are wrong (exit status 65).
  ///
  /// `place` is a byte, an entry of the archive or the name of a tensor, or `nil` for the whole
  /// file.
  case badData(path: String, place: String?, reason: String)
  /// The file is valid but has no weights under the requested key (exit status 64).
  case noSuchKey(path: String, reason: String)
}

extension CheckpointError: CustomStringConvertible {
  /// One line with the file, the place in it, the problem and the remedy.
  package var description: String {
    switch self {
    case .unreadable(let path, let reason): "\(path): \(reason)"
    case .noSuchKey(let path, let reason): "\(path): \(reason)"
    case .badData(let path, nil, let reason): "\(path): \(reason)"
    case .badData(let path, let place?, let reason): "\(path): \(place): \(reason)"
    }
  }
}

/// Remedies for files that cannot be read. They end error messages.
enum Advice {
  static let fetchAgain = "the file is damaged or cut short: fetch it again"
  static let saveAgain =
    "load it in PyTorch where you trust it, and save its state_dict alone with torch.save"
  static let chooseKey =
    "choose one with --model-key (--classifier-key for a classifier, --key in inspect)"
}
