/// A list of numbers below 2³² in little memory: at most 4 bytes per number, and almost none for
/// numbers that are constant or have a constant difference.
///
/// A block of 4096 numbers is stored as the first number and a stride, or as differences from the
/// smallest number of the block in 1, 2 or 4 bytes (frame of reference).
package struct PackedNumbers: Sendable, Equatable {
  static let blockLength = 4096

  fileprivate struct Block: Sendable, Equatable {
    /// The first number or, if `width` is not 0, the smallest.
    var base: UInt32
    /// The difference between consecutive numbers, if `width` is 0.
    var stride: Int64
    /// Bytes per number: 0, 1, 2 or 4.
    var width: UInt8
    var distances: [UInt8]
  }

  private var blocks: [Block] = []
  /// The numbers after the last block, fewer than a block.
  private var tail: [UInt32] = []
  /// The largest number so far, or 0 for an empty list.
  package private(set) var maximum: UInt32 = 0

  package init() {}

  package init(_ numbers: some Sequence<UInt32>) {
    for number in numbers { append(number) }
  }

  package var count: Int { blocks.count * Self.blockLength + tail.count }

  /// The approximate size of the list in memory.
  package var byteCount: Int {
    blocks.reduce(4 * tail.capacity + blocks.capacity * MemoryLayout<Block>.stride) {
      $0 + ($1.distances.isEmpty ? 0 : $1.distances.capacity + 32)
    }
  }

  package mutating func append(_ number: UInt32) {
    if tail.capacity == 0 { tail.reserveCapacity(Self.blockLength) }
    tail.append(number)
    maximum = max(maximum, number)
    guard tail.count == Self.blockLength else { return }
    blocks.append(Self.packed(tail))
    tail.removeAll(keepingCapacity: true)
  }

  /// The number at `position`, which is in `0..<count`.
  package subscript(position: Int) -> UInt32 {
    let (block, place) = position.quotientAndRemainder(dividingBy: Self.blockLength)
    guard block < blocks.count else { return tail[place] }
    return blocks[block][place]
  }

  private static func packed(_ numbers: [UInt32]) -> Block {
    let stride = Int64(numbers[1]) - Int64(numbers[0])
    if zip(numbers, numbers.dropFirst()).allSatisfy({ Int64($1) - Int64($0) == stride }) {
      return Block(base: numbers[0], stride: stride, width: 0, distances: [])
    }
    var (least, most) = (UInt32.max, UInt32.min)
    for number in numbers { (least, most) = (min(least, number), max(most, number)) }
    let width = most - least < 1 << 8 ? 1 : most - least < 1 << 16 ? 2 : 4
    let distances = [UInt8](unsafeUninitializedCapacity: width * numbers.count) { bytes, count in
      for (place, number) in numbers.enumerated() {
        withUnsafeBytes(of: (number - least).littleEndian) {
          for byte in 0..<width { bytes[place * width + byte] = $0[byte] }
        }
      }
      count = width * numbers.count
    }
    return Block(base: least, stride: 0, width: UInt8(width), distances: distances)
  }
}

extension PackedNumbers.Block {
  subscript(place: Int) -> UInt32 {
    distances.withUnsafeBytes { bytes in
      switch width {
      case 0: UInt32(Int64(base) + stride * Int64(place))
      case 1: base + UInt32(bytes[place])
      case 2:
        base
          + UInt32(
            UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: 2 * place, as: UInt16.self)))
      default:
        base
          + UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 4 * place, as: UInt32.self))
      }
    }
  }
}
