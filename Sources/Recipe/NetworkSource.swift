import Checkpoint
import Model

/// A network of a recipe: its file and its architecture.
package struct NetworkSource: Sendable, Equatable {
  package var path: String
  package var sha256: String
  package var architecture: Architecture
  /// The state dict to use if the file holds several, or `nil` if there is no choice.
  package var weights: WeightsChoice?
  /// The prefix of the names of the network's tensors, if the file holds other networks too.
  package var prefix = ""

  package init(
    path: String, sha256: String, architecture: Architecture, weights: WeightsChoice? = nil,
    prefix: String = ""
  ) {
    self.path = path
    self.sha256 = sha256
    self.architecture = architecture
    self.weights = weights
    self.prefix = prefix
  }

  /// Opens the file. Its contents may have changed since the recipe was made.
  package func open() throws(CheckpointError) -> CheckpointFile {
    try CheckpointFile.open(path, for: architecture.pattern, key: weights?.key)
  }
}

/// One of several state dicts in a checkpoint.
package struct WeightsChoice: Sendable, Codable, Equatable {
  package var key: String
  package var isAveraged: Bool
  /// Whether versions that offered no choice read these weights. In this case the hash omits the
  /// choice, so that jobs of those versions can be resumed.
  package var isFormerDefault: Bool

  /// - Returns: `nil` if the file offers no choice.
  package init?(_ file: CheckpointFile) {
    guard !file.alternatives.isEmpty else { return nil }
    key = file.chosen.key
    isAveraged = file.chosen.isAveraged
    isFormerDefault = file.isFormerDefault
  }
}
