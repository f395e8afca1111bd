import CPNG
import Foundation
import Job
import Threads

/// `samples_NxHxWx3.npz`, as written by guided-diffusion's image_sample.py and classifier_sample.py
/// and read by its evaluator. `arr_0` holds the pixels, uint8 [N, H, W, 3], and `arr_1` the labels,
/// int64 [N], if there are any. The file is byte-identical to the output of `numpy.savez`.
///
/// The images are read back from the output folder in chunks, so that memory does not grow with
/// their number.
package enum SamplesFile {
  /// The number of bytes of pixels in memory at a time.
  private static let chunk = 4 << 20

  /// Returns the name of the file.
  package static func name(count: Int, imageSize: Int) -> String {
    "samples_\(count)x\(imageSize)x\(imageSize)x3.npz"
  }

  /// Writes the file into the folder. Removes an existing file of fewer images.
  ///
  /// - Parameters:
  ///   - done: the images in the store. They are written to the file in order.
  ///   - imageSize: the side of the images in pixels.
  /// - Throws: `OutputError`, or `DamagedImages` with all images that cannot be read back. In both
  ///   cases no file is written.
  package static func write(
    folder: OutputFolder, store: any ImageStore, plan: ImagePlan, done: IndexBitmap, imageSize: Int
  ) throws {
    let side = imageSize
    var damaged: [Int] = []
    let name = name(count: done.count, imageSize: side)
    try WholeFile.write(folder: folder.path, name: name) { file in
      var archive = ArchiveWriter(file)
      let pixels = NPYHeader.bytes(type: "|u1", shape: [done.count, side, side, 3])
      try archive.add("arr_0.npy", size: pixels.count + done.count * side * side * 3) { write in
        try write(pixels)
        damaged = try writePixels(of: store, done, side: side, write)
      }
      guard damaged.isEmpty else { throw DamagedImages(damaged) }
      if let first = done.chunks(of: 1).first(where: { _ in true })?.first, plan[first].label != nil
      {
        let labels = NPYHeader.bytes(type: "<i8", shape: [done.count])
        try archive.add("arr_1.npy", size: labels.count + done.count * 8) { write in
          try write(labels)
          try writeLabels(of: plan, done, write)
        }
      }
      try archive.finish()
    }
    removeSmaller(than: done.count, side: side, in: folder.path)
  }

  /// Writes all pixels in order. Returns the images that cannot be read back, for which it writes
  /// zeros.
  private static func writePixels(
    of store: any ImageStore, _ done: IndexBitmap, side: Int, _ write: ([UInt8]) throws -> Void
  ) throws -> [Int] {
    var damaged: [Int] = []
    for indices in done.chunks(of: max(1, chunk / (side * side * 3))) {
      let images = try concurrentMap(indices) { index -> RGBImage? in
        do {
          return try image(index, of: store, side: side)
        } catch OutputError.unreadableImage {
          return nil
        }
      }
      for (index, image) in zip(indices, images) {
        if image == nil { damaged.append(index) }
        try write(image?.pixels ?? [UInt8](repeating: 0, count: side * side * 3))
      }
    }
    return damaged
  }

  private static func image(_ index: Int, of store: any ImageStore, side: Int) throws -> RGBImage {
    let image = try store.image(index: index)
    guard image.width == side, image.height == side else {
      throw OutputError.unreadableImage(
        path: ImageRecord.fileName(index: index),
        reason: "it has \(image.width)×\(image.height) pixels, not \(side)×\(side)")
    }
    return image
  }

  private static func writeLabels(
    of plan: ImagePlan, _ done: IndexBitmap, _ write: ([UInt8]) throws -> Void
  ) throws {
    for indices in done.chunks(of: chunk / 8) {
      var bytes: [UInt8] = []
      for index in indices { bytes.append(littleEndian: Int64(plan[index].label!)) }
      try write(bytes)
    }
  }

  /// Removes files of fewer images, with which an earlier run may have ended.
  private static func removeSmaller(than count: Int, side: Int, in folder: String) {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    for name in names {
      if let other = size(ofName: name), other.side == side, other.count < count {
        unlink("\(folder)/\(name)")
      }
    }
  }

  /// Returns the number and side of the images in a file with this name, or `nil` for other names.
  static func size(ofName name: String) -> (count: Int, side: Int)? {
    guard let match = name.wholeMatch(of: /samples_([0-9]+)x([0-9]+)x([0-9]+)x3\.npz/),
      match.2 == match.3, let count = Int(match.1), let side = Int(match.2)
    else { return nil }
    return (count, side)
  }
}

/// Writes the members of a zip archive, one after the other.
private struct ArchiveWriter {
  private let file: FileWriter
  private var members: [StoredZip.Member] = []
  private var end = 0

  init(_ file: FileWriter) {
    self.file = file
  }

  /// - Parameter size: the number of bytes that `content` writes.
  mutating func add(
    _ name: String, size: Int, content: (([UInt8]) throws -> Void) throws -> Void
  ) throws {
    var member = StoredZip.Member(name: name, size: size, offset: end)
    let header = StoredZip.localHeader(member)
    try file.write(header)
    var written = 0
    try content { bytes in
      try file.write(bytes)
      member.checksum = cpng_crc32(member.checksum, bytes, bytes.count)
      written += bytes.count
    }
    precondition(written == size, "\(name) has \(written) bytes, not \(size)")
    try file.overwrite(StoredZip.localHeader(member), at: end)
    end += header.count + size
    members.append(member)
  }

  func finish() throws {
    try file.write(StoredZip.directory(of: members, at: end))
  }
}

/// The header of a `.npy` file of version 1.0 (NEP 1), byte-identical to that of `numpy.save`.
enum NPYHeader {
  /// The number of digits that numpy reserves for the first dimension of the shape, so that it can
  /// grow.
  private static let growth = 21
  private static let alignment = 64

  /// - Parameters:
  ///   - type: `|u1` for bytes, `<i8` for 64-bit integers, `<f4` for 32-bit floats.
  ///   - shape: the dimensions, outermost first; at least one.
  static func bytes(type: String, shape: [Int]) -> [UInt8] {
    let sides = shape.map(String.init)
    let tuple = sides.count == 1 ? "(\(sides[0]),)" : "(\(sides.joined(separator: ", ")))"
    var text = "{'descr': '\(type)', 'fortran_order': False, 'shape': \(tuple), }"
    text += String(repeating: " ", count: growth - sides[0].count)
    let magic = [0x93] + Array("NUMPY".utf8) + [1, 0]
    // Magic, the two bytes of the text's length, text and newline together fill complete blocks.
    let unpadded = magic.count + 2 + text.utf8.count + 1
    text += String(
      repeating: " ", count: (alignment - unpadded % alignment) % alignment)
    text += "\n"
    let length = text.utf8.count
    return magic + [UInt8(length & 0xFF), UInt8(length >> 8)] + Array(text.utf8)
  }
}
