import Files
import Foundation
import Job

/// `status.json`: a job's status, for other programs to read at any time.
package enum StatusFile {
  package static let name = "status.json"
  /// The largest size in bytes. The file grows with the number of images that were given up.
  private static let largest = 64 << 20

  /// Replaces the file in a job's folder with a complete new one. If the disk is full, overwrites
  /// the existing file instead, so that the status is right when a job has to give up.
  package static func write(_ status: JobStatus, in folder: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
    encoder.keyEncodingStrategy = .convertToSnakeCase
    let json = try encoder.encode(status) + Data("\n".utf8)
    do {
      try WholeFile.write(json, folder: folder, name: name)
    } catch {
      guard (try? InPlaceFile.overwrite("\(folder)/\(name)", with: json)) != nil else {
        throw error
      }
    }
  }

  /// Reads the file in a job's folder.
  ///
  /// - Throws: `OutputError` if the file does not exist or cannot be read.
  package static func read(in folder: String) throws -> JobStatus {
    let path = "\(folder)/\(name)"
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    let data = try RegularFile.read(path, largest: largest)
    do {
      return try decoder.decode(JobStatus.self, from: data)
    } catch {
      throw OutputError.unreadableStatus(path: path)
    }
  }
}
