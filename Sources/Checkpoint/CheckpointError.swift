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
  /// The file holds different weights under several keys, and nothing says which to use (65).
  case severalKeys(path: String, keys: String)
  /// The weights under `key` cannot be read, but those under `others` can (65).
  case unreadableKey(path: String, key: String, reason: String, others: String)

  /// What the user can do about an error. The raw value is that of a program without options.
  package enum Advice: String {
    case chooseKey = "choose one by its key"
  }
}

extension CheckpointError: CustomStringConvertible {
  package var description: String { text(\.rawValue) }

  /// Returns one line with the file, the place in it, the problem and the remedy.
  ///
  /// - Parameter words: returns the words for an advice, such as those that name an option.
  package func text(_ words: (Advice) -> String) -> String {
    switch self {
    case .unreadable(let path, let reason): "\(path): \(reason)"
    case .noSuchKey(let path, let reason): "\(path): \(reason)"
    case .badData(let path, nil, let reason): "\(path): \(reason)"
    case .badData(let path, let place?, let reason): "\(path): \(place): \(reason)"
    case .severalKeys(let path, let keys):
      "\(path): holds different weights under several keys, and it is unclear which to use: "
        + "\(keys); \(words(.chooseKey))"
    case .unreadableKey(let path, let key, let reason, let others):
      "\(path): \(key): \(reason); to use \(others) instead, \(words(.chooseKey))"
    }
  }
}

/// Remedies for files that cannot be read. They end error messages.
enum Remedy {
  static let fetchAgain = "the file is damaged or cut short: fetch it again"
  static let saveAgain =
    "load it in PyTorch where you trust it, and save its state_dict alone with torch.save"
}
