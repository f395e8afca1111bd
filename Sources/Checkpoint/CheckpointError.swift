/// Why a checkpoint could not be read, where in the file, and what to do about it.
package enum CheckpointError: Error, Sendable, Equatable {
  /// The file could not be opened or mapped at all; exit status 66.
  case unreadable(path: String, reason: String)
  /// The file was opened and its contents are not what they should be; exit status 65.
  ///
  /// `place` is a byte, an entry of the archive or a tensor's name; `nil` when it is the whole
  /// file.
  case badData(path: String, place: String?, reason: String)
  /// The file is fine, and has no weights under the key that was asked for; exit status 64.
  case noSuchKey(path: String, reason: String)
}

extension CheckpointError: CustomStringConvertible {
  /// One line: the file, the place in it, what is wrong, and what to do.
  package var description: String {
    switch self {
    case .unreadable(let path, let reason): "\(path): \(reason)"
    case .noSuchKey(let path, let reason): "\(path): \(reason)"
    case .badData(let path, nil, let reason): "\(path): \(reason)"
    case .badData(let path, let place?, let reason): "\(path): \(place): \(reason)"
    }
  }
}

/// What a person can do about a file that cannot be read; the ends of error messages.
enum Advice {
  static let fetchAgain = "the file is damaged or cut short: fetch it again"
  static let saveAgain =
    "load it in PyTorch where you trust it, and save its state_dict alone with torch.save"
  static let chooseKey =
    "choose one with --model-key (--classifier-key for a classifier, --key in inspect)"
}
