import Checkpoint
import Foundation
import Hashing

/// Everything that packed weights depend on. Equal keys mean the same bytes in the same order.
package struct PackedKey: Codable, Equatable, Sendable {
  /// The SHA-256 of the checkpoint.
  package var checkpoint: String
  /// The architecture of the network.
  package var configuration: String
  package var precision: String
  package var batchSize: Int
  /// The number of threads. oneDNN's layout of weights depends on it.
  package var threads: Int
  package var instructionSet: String
  /// The version of oneDNN.
  package var library: String
  /// The version and hash of this program.
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

  /// The name of the file in the folder, without the prefix of the program.
  package var fileName: String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    // A struct of numbers and strings can always be encoded.
    let hash = try! encoder.encode(self).withUnsafeBytes(SHA256.hexadecimal)
    return "\(hash.prefix(32)).weights"
  }
}
