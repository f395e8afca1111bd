/// A message for the user about the cache. Nothing that goes wrong with the cache ends a job.
package enum CacheMessage: Sendable, Equatable, CustomStringConvertible {
  /// The weights of this file are packed, so that later jobs find them.
  case packing(file: String)
  /// Weights cannot be kept, for this reason. `ownCopies` says what that costs.
  case notKept(reason: String, ownCopies: String)
  /// The file was packed for a processor that lays out `own` of its `count` weights otherwise.
  case otherProcessor(path: String, own: Int, count: Int)
  /// `HOME` cannot be used, for this reason, so weights are kept in another folder.
  case otherHome(fault: String, folder: String)
  /// There is no folder to keep weights in, for this reason.
  case noHome(fault: String)

  /// What the user can do. The raw values are the words of a program without options.
  package enum Advice: String {
    case anotherFolder = "Choose another folder, or none"
    case nameFolder = "name a folder for them in"
    case folderForEachMachine = "give each kind of machine its own folder"
  }

  package var description: String { text(\.rawValue) }

  /// Returns the message in one line.
  ///
  /// - Parameter words: returns the words for an advice, such as those that name an option.
  package func text(_ words: (Advice) -> String) -> String {
    switch self {
    case .packing(let file):
      "packing the weights of \(file) for this processor, once"
    case .notKept(let reason, let ownCopies):
      "warning: packed weights cannot be kept: \(reason); \(ownCopies). \(words(.anotherFolder))"
    case .otherProcessor(let path, let own, let count):
      "warning: \(path) was packed for a processor that lays out \(own) of \(count) weights "
        + "otherwise, so each rank holds its own: \(words(.folderForEachMachine))"
    case .otherHome(let fault, let folder):
      "warning: \(fault), so packed weights are kept in \(folder)"
    case .noHome(let fault):
      "warning: \(fault), and this user has no home folder, so packed weights are not kept; "
        + "\(words(.nameFolder)) DIFFUSE_MPI_CACHE"
    }
  }
}
