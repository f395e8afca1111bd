import Foundation
import Job

/// `status.json`: how a job stands, for other programs to read at any time.
package enum StatusFile {
  package static let name = "status.json"

  /// Replaces the file of a job's folder by a whole one.
  package static func write(_ status: JobStatus, in folder: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
    encoder.keyEncodingStrategy = .convertToSnakeCase
    let json = try encoder.encode(status) + Data("\n".utf8)
    try WholeFile.write(json, folder: folder, name: name)
  }

  /// - Throws: `OutputError` when there is none that can be read.
  package static func read(in folder: String) throws -> JobStatus {
    let path = "\(folder)/\(name)"
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    guard let data = FileManager.default.contents(atPath: path) else {
      throw OutputError.system(action: "read", path: path, code: errno == 0 ? ENOENT : errno)
    }
    do {
      return try decoder.decode(JobStatus.self, from: data)
    } catch {
      throw OutputError.unreadableStatus(path: path)
    }
  }
}
