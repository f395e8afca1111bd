import Foundation
import Output
import TestSupport
import Testing

/// The output folder of a job.
struct JobFolder {
  let url: URL
  /// Keeps the parent folder while the job's folder is used.
  private let parent: TemporaryFolder?

  /// Runs a job, which must succeed, and returns its folder.
  static func made(_ arguments: [String], ranks: Int? = nil) async throws -> JobFolder {
    let folder = try JobFolder()
    let result = try await Program.run(arguments + ["--out", folder.url.path], ranks: ranks)
    #expect(result.status == 0, "\(result)")
    return folder
  }

  init() throws {
    let parent = try TemporaryFolder()
    self.parent = parent
    url = parent.url.appending(path: "job")
  }

  /// A folder that the caller keeps.
  init(url: URL) {
    self.url = url
    parent = nil
  }

  /// All files by their path in the folder, including hidden ones.
  var files: [String: Data] {
    get throws { try JobFiles.all(in: url) }
  }

  /// The files that must not depend on the number of ranks and threads.
  var results: [String: Data] {
    get throws { try JobFiles.results(in: url) }
  }

  var record: [String: Any] {
    get throws {
      let data = try Data(contentsOf: url.appending(path: "job.json"))
      return try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
    }
  }

  /// job.json without the facts about the run, which do not affect the images.
  var settings: NSDictionary {
    get throws {
      var record = try record
      for key in ["commandLine", "hosts", "processors", "started", "threads"] {
        #expect(record.removeValue(forKey: key) != nil, "job.json has no \(key)")
      }
      record.removeValue(forKey: "continued")
      return record as NSDictionary
    }
  }

  /// A line of metadata.jsonl.
  struct Line: Decodable, Equatable {
    let fileName: String
    var label: Int?
    var className: String?
    let seed: Int
  }

  var metadata: [Line] {
    get throws {
      let decoder = JSONDecoder()
      decoder.keyDecodingStrategy = .convertFromSnakeCase
      let data = try Data(contentsOf: url.appending(path: "images/metadata.jsonl"))
      return try data.split(separator: UInt8(ascii: "\n"))
        .map { try decoder.decode(Line.self, from: $0) }
    }
  }

  /// Compares the pixels of all images with those of a reference, in which a rounding error may change
  /// the last bit of a byte.
  func expect(bytes expected: Data) throws {
    let images = try SampleCollection(opening: url.path)
    let bytes = try (0..<images.count).flatMap { try images.image(at: $0).pixels }
    let distances = zip(bytes, expected).map { abs(Int($0) - Int($1)) }
    #expect(bytes.count == expected.count && distances.max() ?? 255 <= 1)
    #expect(Double(distances.count { $0 > 0 }) < 0.005 * Double(bytes.count))
  }

  /// The compressed pixels of each image, in the order of the images.
  var pixels: [[UInt8]] {
    get throws {
      try files.filter { $0.key.hasSuffix(".png") && $0.key.hasPrefix("images/") }
        .sorted { $0.key < $1.key }.map { name, data in
          let chunks = try #require(PNGChunk.all(in: data), "\(name)")
          return chunks.filter { $0.type == "IDAT" }.flatMap(\.data)
        }
    }
  }

  /// Returns the text chunks of an image, which must be a complete PNG file.
  func text(ofImage name: String) throws -> [String: String] {
    let data = try Data(contentsOf: url.appending(path: "images/\(name)"))
    let chunks = try #require(PNGChunk.all(in: data))
    #expect(chunks.allSatisfy(\.isIntact) && chunks.last?.type == "IEND")
    let texts = chunks.filter { $0.type == "tEXt" }.map { $0.data.split(separator: 0) }
    return Dictionary(
      uniqueKeysWithValues: texts.map {
        (String(decoding: $0[0], as: UTF8.self), String(decoding: $0[1], as: UTF8.self))
      })
  }
}
