import Checkpoint
import Foundation
import Wording

/// An array in a `.npy` file (NEP 1) that is mapped into memory.
struct NPYArray {
  /// The type of the elements as numpy writes it, such as `|u1` or `<i8`.
  let type: String
  /// The dimensions, outermost first.
  let shape: [Int]
  /// The position of the elements in the file that contains the array, in C order.
  let elements: Range<Int>

  private static let magic = [0x93] + Array("NUMPY".utf8)
  /// numpy refuses longer headers too.
  private static let longestHeader = 10_000

  /// Reads the header of an array, and checks that the elements fill the rest of `bounds`.
  ///
  /// - Parameter bounds: the range of the array in `file`, with its header.
  /// - Throws: `Fault`.
  init(_ file: MappedFile, _ bounds: Range<Int>) throws(Fault) {
    let header = try Self.header(file, bounds)
    let text = String(decoding: file.bytes(header), as: UTF8.self)
    guard
      let match = text.wholeMatch(
        of: /\{'descr': '([^']*)', 'fortran_order': (True|False), 'shape': \(([0-9, ]*)\), ?\}\s*/)
    else { throw Fault("its header, \(text.trimmed.printable), does not describe a plain array") }
    guard match.2 == "False" else {
      throw Fault("it is in Fortran order; save numpy.ascontiguousarray of it")
    }
    type = String(match.1)
    shape = try Self.shape(match.3)
    elements = header.upperBound..<bounds.upperBound
    guard let elementSize else {
      throw Fault("its elements have the type \(type.printable), which is not read")
    }
    guard Self.size(shape, elementSize: elementSize) == elements.count else {
      throw Fault(
        "its header describes \(shapeText) elements of type \(type.printable), which do not take "
          + "the \(elements.count) bytes that follow; the file is damaged or cut short: fetch it again"
      )
    }
  }

  /// The reason why an array cannot be read: the rest of a sentence about it.
  struct Fault: Error {
    let reason: String
    init(_ reason: String) { self.reason = reason }
  }

  /// The shape as numpy prints it, such as `(10, 64, 64, 3)`.
  var shapeText: String {
    "(" + shape.map(String.init).joined(separator: ", ") + (shape.count == 1 ? ",)" : ")")
  }

  /// The size of an element in bytes, or `nil` for types without a fixed size.
  private var elementSize: Int? {
    type.wholeMatch(of: /[<>|=][a-zA-Z]([0-9]{1,3})/).flatMap { Int($0.1) }
  }

  /// Returns the elements as integers.
  ///
  /// - Throws: `Fault` if they are not integers.
  func integers(in file: MappedFile) throws(Fault) -> [Int] {
    let bytes = file.bytes(elements)
    return switch type {
    case "|u1": bytes.map(Int.init)
    case "|i1": bytes.map { Int(Int8(bitPattern: $0)) }
    case "<u2": Self.numbers(bytes, UInt16.self)
    case "<i2": Self.numbers(bytes, Int16.self)
    case "<u4": Self.numbers(bytes, UInt32.self)
    case "<i4": Self.numbers(bytes, Int32.self)
    case "<u8": Self.numbers(bytes, UInt64.self)
    case "<i8": Self.numbers(bytes, Int64.self)
    default: throw Fault("its elements have the type \(type.printable), not little-endian integers")
    }
  }

  /// Numbers that do not fit become the largest or smallest integer.
  private static func numbers<Number: FixedWidthInteger>(
    _ bytes: UnsafeRawBufferPointer, _: Number.Type
  ) -> [Int] {
    stride(from: 0, to: bytes.count, by: MemoryLayout<Number>.size).map {
      Int(clamping: Number(littleEndian: bytes.loadUnaligned(fromByteOffset: $0, as: Number.self)))
    }
  }

  /// Returns the range of the header's text.
  private static func header(
    _ file: MappedFile, _ bounds: Range<Int>
  ) throws(Fault) -> Range<Int> {
    let start = bounds.lowerBound
    guard bounds.count >= 12, file.bytes(start..<start + 6).elementsEqual(magic) else {
      throw Fault("it is not an array of numpy")
    }
    let (version, length) = (
      file.bytes(start + 6..<start + 7)[0], file.bytes(start + 8..<start + 12)
    )
    guard (1...3).contains(version) else {
      throw Fault("it has version \(version) of numpy's format, which this program does not know")
    }
    // The length has 2 bytes in version 1, and 4 bytes later.
    let lengthSize = version == 1 ? 2 : 4
    let count = length.prefix(lengthSize).reversed().reduce(0) { $0 << 8 | Int($1) }
    let text = start + 8 + lengthSize
    guard count <= min(longestHeader, bounds.upperBound - text) else {
      throw Fault("its header has an impossible length of \(count) bytes")
    }
    return text..<text + count
  }

  private static func shape(_ text: Substring) throws(Fault) -> [Int] {
    var shape: [Int] = []
    for side in text.split(separator: ",").map(\.trimmed) where !side.isEmpty {
      guard let side = Int(side) else { throw Fault("its shape (\(text.printable)) is impossible") }
      shape.append(side)
    }
    return shape
  }

  /// Returns the number of bytes of all elements, or `nil` if no memory could hold them.
  private static func size(_ shape: [Int], elementSize: Int) -> Int? {
    shape.reduce(Optional(elementSize)) { size, side in
      guard let (product, overflow) = size?.multipliedReportingOverflow(by: side), !overflow else {
        return nil
      }
      return product
    }
  }
}
