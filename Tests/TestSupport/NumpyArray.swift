import Foundation
import Output

/// Arrays as numpy writes them.
package enum NumpyArray {
  /// Returns the beginning of an array, before its elements.
  ///
  /// - Parameters:
  ///   - type: the type of the elements, such as `<f4`.
  ///   - shape: the dimensions, such as `2, 3`.
  package static func header(
    _ type: String, _ shape: String, isFortran: Bool = false
  ) -> [UInt8] {
    let order = isFortran ? "True" : "False"
    let text = "{'descr': '\(type)', 'fortran_order': \(order), 'shape': (\(shape)), }\n"
    return [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(text.utf8.count), 0] + Array(text.utf8)
  }

  /// Returns an array of float32 with this shape.
  package static func floats(_ elements: [Float], shape: [Int]) -> Data {
    let text = shape.map(String.init).joined(separator: ", ")
    let bytes = elements.map(\.bitPattern.littleEndian).withUnsafeBytes { Data($0) }
    return Data(header("<f4", text)) + bytes
  }

  /// Returns an archive of arrays, as `numpy.savez` writes it.
  package static func archive(_ arrays: [(name: String, content: Data)]) -> Data {
    var (file, members): (Data, [StoredZip.Member]) = (Data(), [])
    for (name, content) in arrays {
      let checksum = PNGChunk.checksum(Array(content)[...])
      let member = StoredZip.Member(
        name: name, size: content.count, checksum: checksum, offset: file.count)
      members.append(member)
      file += StoredZip.localHeader(member) + content
    }
    return file + StoredZip.directory(of: members, at: file.count)
  }
}
