import Foundation

/// `images/metadata.jsonl`, one line an image; with it the folder loads as a Hugging Face
/// imagefolder.
///
/// Lines are added as images arrive, so that a job cut short leaves them, and put in the order of
/// the images at the end, so that the file does not tell which rank was faster.
package struct MetadataFile: Sendable {
  /// The name beside the images.
  static let name = "metadata.jsonl"

  private let folder: OutputFolder
  /// What was added so far, in order of arrival.
  package private(set) var records: [ImageRecord] = []

  /// Makes the empty file, which claims the folder: of two jobs started at once one gets it.
  ///
  /// - Throws: `OutputError.folderInUse` when it is there already.
  package init(folder: OutputFolder) throws {
    self.folder = folder
    do {
      try WholeFile.create("\(folder.imagesPath)/\(Self.name)")
    } catch OutputError.system(_, _, EEXIST) {
      throw OutputError.folderInUse(folder: folder.path, found: "images/\(Self.name)")
    }
  }

  /// Adds an image's line.
  package mutating func append(_ record: ImageRecord) throws {
    let line = Data(record.jsonLine.utf8)
    try WholeFile.append(line, to: "\(folder.imagesPath)/\(Self.name)")
    records.append(record)
  }

  /// Replaces the file by one sorted by index, the same bytes for any order of arrival.
  package mutating func finish() throws {
    records.sort { $0.index < $1.index }
    let lines = records.map(\.jsonLine).joined()
    try WholeFile.write(Data(lines.utf8), folder: folder.imagesPath, name: Self.name)
  }
}
