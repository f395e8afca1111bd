import Checkpoint
import Foundation
import Hashing

/// What packed weights depend on: those of equal keys are the same bytes in the same order.
package struct WeightsKey: Codable, Equatable, Sendable {
  /// SHA-256 of the checkpoint.
  package var checkpoint: String
  /// The network's architecture.
  package var configuration: String
  package var precision: String
  package var batchSize: Int
  /// For oneDNN lays weights out by how many threads share the work.
  package var threads: Int
  package var instructionSet: String
  /// Version of oneDNN.
  package var library: String
  /// Version and hash of this program.
  package var program: String

  package init(
    checkpoint: String, configuration: String, precision: String, batchSize: Int, threads: Int,
    instructionSet: String, library: String, program: String
  ) {
    self.checkpoint = checkpoint
    self.configuration = configuration
    self.precision = precision
    self.batchSize = batchSize
    self.threads = threads
    self.instructionSet = instructionSet
    self.library = library
    self.program = program
  }

  /// Where they lie in the folder.
  var fileName: String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    // A struct of numbers and strings always encodes.
    let hash = try! encoder.encode(self).withUnsafeBytes(SHA256.hexadecimal)
    return "\(hash.prefix(32)).weights"
  }
}
