import Files
import Foundation

/// `metadata.jsonl` next to a folder's images, as this program writes it and Hugging Face's
/// imagefolder reads it: one JSON object for each image, with `file_name` and perhaps `label`,
/// `class_name` and `seed`. Other keys are ignored.
struct FolderMetadata {
  struct Entry: Sendable {
    let label: Int?
    let seed: UInt32?
  }

  private var entries: [String: Entry] = [:]
  private var names: [Int: String] = [:]

  private static let longestLine = 1 << 20

  /// - Returns: `nil` if the folder has no metadata.
  /// - Throws: `SampleError`, or `OutputError` if the file cannot be read.
  init?(folder: String) throws {
    let path = "\(folder)/\(MetadataFile.name)"
    guard FileKind.at(path) != nil else { return nil }
    let file = try RegularFile.open(path).file
    var offset = 0
    var lines = LineReader(limit: Self.longestLine) { (number) throws(OutputError) in
      throw .unreadableImage(path: path, reason: "line \(number) is too long")
    } read: { (buffer) throws(OutputError) in
      let count = try attempt("read", path, try file.read(into: buffer, at: offset))
      offset += count
      return count
    }
    let decoder = JSONDecoder()
    while let line = try lines.next() {
      guard let object = try? decoder.decode(Object.self, from: Data(line)) else {
        throw SampleError.badData(
          path: path, reason: "line \(lines.number) is not a JSON object with a file_name")
      }
      add(object)
    }
  }

  /// Returns the entry of an image by its path in the folder.
  subscript(path: String) -> Entry? { entries[path] }

  func className(ofLabel label: Int) -> String? { names[label] }

  private mutating func add(_ object: Object) {
    let label = object.label.flatMap(SampleLabels.checked)
    entries[object.fileName] = Entry(label: label, seed: object.seed)
    if let label, let name = object.className { names[label] = name }
  }

  private struct Object: Decodable {
    let fileName: String
    let label: Int?
    let className: String?
    let seed: UInt32?

    private enum CodingKeys: String, CodingKey {
      case fileName = "file_name"
      case label
      case className = "class_name"
      case seed
    }

    /// Labels and seeds of another type are not those of this program, so they are ignored.
    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: CodingKeys.self)
      fileName = try container.decode(String.self, forKey: .fileName)
      label = try? container.decode(Int.self, forKey: .label)
      className = try? container.decode(String.self, forKey: .className)
      seed = try? container.decode(UInt32.self, forKey: .seed)
    }
  }
}
