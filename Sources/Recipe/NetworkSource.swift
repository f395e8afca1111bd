import Checkpoint
import Model

/// A network of a recipe: its file, and what is built from it.
package struct NetworkSource: Sendable, Equatable {
  package var path: String
  package var sha256: String
  package var architecture: Architecture
  /// Which weights of the file, where it holds several; `nil` where there was nothing to choose.
  package var weights: WeightsChoice?
  /// The beginning of the names of the network's tensors, where the file holds other networks too.
  package var prefix = ""

  package init(
    path: String, sha256: String, architecture: Architecture, weights: WeightsChoice? = nil
  ) {
    self.path = path
    self.sha256 = sha256
    self.architecture = architecture
    self.weights = weights
  }

  /// Opens the file, whose contents may have changed since the recipe was made.
  package func open() throws(CheckpointError) -> CheckpointFile {
    try CheckpointFile.open(path, for: architecture.pattern, key: weights?.key)
  }
}

/// One of several state dicts in a checkpoint.
package struct WeightsChoice: Sendable, Codable, Equatable {
  package var key: String
  package var isAveraged: Bool
  /// Whether versions that offered no choice read these weights. The hash leaves the choice out
  /// then, so that what those versions began can be resumed.
  package var isFormerDefault: Bool

  /// - Returns: `nil` where the file offers no choice.
  package init?(_ file: CheckpointFile) {
    guard !file.alternatives.isEmpty else { return nil }
    key = file.chosen.key
    isAveraged = file.chosen.isAveraged
    isFormerDefault = file.isFormerDefault
  }
}
