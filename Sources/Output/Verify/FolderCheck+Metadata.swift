import Files
import Foundation
import Job

/// Checks of `metadata.jsonl`: it must have a line for each existing image, and be in order once
/// all exist.
extension FolderCheck {
  mutating func checkMetadata() throws {
    let file = metadataFile
    let isComplete = present.count == catalog.count
    var named = IndexBitmap(indices: catalog.indices)
    var (last, isSorted) = (-1, true)
    var lines = try Self.lines(of: "\(path)/\(file)")
    while let line = try lines.next() {
      let number = lines.number
      guard let index = index(named: line) else {
        findings.add(.metadata, "\(file): line \(number) does not belong to any planned image")
        continue
      }
      if !named.insert(index) {
        findings.add(
          .metadata, "\(file): line \(number) lists \(ImageRecord.fileName(index: index)) again")
      }
      isSorted = isSorted && index > last
      last = index
    }
    for index in catalog.indices where present.contains(index) && !named.contains(index) {
      findings.add(.metadata, "\(file) does not list \(ImageRecord.fileName(index: index))")
    }
    if isComplete && !isSorted {
      findings.add(.metadata, "\(file) does not list the images in order")
    }
  }

  /// Returns the lines of a file. There are none if it does not exist, is not a regular file, or
  /// cannot be opened.
  private static func lines(of path: String) throws -> LineReader<OutputError> {
    let file = FileKind.at(path) == .file ? try? OpenFile(path, O_RDONLY) : nil
    var offset = 0
    return LineReader { (buffer) throws(OutputError) in
      guard let file else { return 0 }
      let count = try attempt("read", path, try file.read(into: buffer, at: offset))
      offset += count
      return count
    }
  }

  /// The file in the job's folder, or that of an earlier version if it is the only one.
  private var metadataFile: String {
    let oldFile = "\(imagesFolder)/\(MetadataFile.name)"
    guard catalog.format.container == .tar else { return oldFile }
    let isOld =
      access("\(path)/\(MetadataFile.name)", F_OK) != 0 && access("\(path)/\(oldFile)", F_OK) == 0
    return isOld ? oldFile : MetadataFile.name
  }

  /// Returns the image whose line this is, compared byte by byte, or `nil` if there is none.
  private func index(named line: UnsafeRawBufferPointer) -> Int? {
    let prefix = Array("{\"file_name\":\"".utf8)
    guard line.starts(with: prefix) else { return nil }
    let path = line.dropFirst(prefix.count).prefix { $0 != UInt8(ascii: "\"") }
    let name = path.split(separator: UInt8(ascii: "/")).last ?? []
    guard let index = ImageRecord.index(ofFile: String(decoding: name, as: UTF8.self)),
      catalog.indices.contains(index)
    else { return nil }
    var right: [UInt8] = []
    catalog.appendLine(of: index, to: &right)
    return line.elementsEqual(right.dropLast()) ? index : nil
  }
}
