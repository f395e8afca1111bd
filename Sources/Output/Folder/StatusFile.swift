import Files
import Foundation
import Job

/// `status.json`: a job's status, for other programs to read at any time.
package enum StatusFile {
  package static let name = "status.json"
  /// Bytes: it grows with the images that were given up.
  private static let largest = 64 << 20

  /// Replaces the file of a job's folder by a whole one; where a full disk has no room for that,
  /// writes over the one that is there, so that it is right at the end of a job that gives up.
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

  /// - Throws: `OutputError` when there is none that can be read.
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
