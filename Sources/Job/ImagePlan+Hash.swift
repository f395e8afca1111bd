import Hashing

extension ImagePlan {
  /// A hash of the images and their order. It is equal for plans with the same entries that are
  /// written in the same way, as ranges or as a file of labels.
  ///
  /// It consists of the first 16 hexadecimal digits of a SHA-256. For a plan of ranges, the hashed
  /// text has a line with the rule and a line with the seeds, as on the command line:
  ///
  ///     classes 0-9 interleaved        or "labels 0,69,292", or "unconditional"
  ///     seeds 0-99
  ///
  /// For a file, it consists of the line "listed" and both lists of numbers. The hash depends only
  /// on the numbers, not on the format and name of the file.
  package var hash: String {
    var hash = SHA256()
    switch form {
    case .ruled(let rule, let seeds):
      switch rule {
      case .unconditional: hash.update("unconditional\n")
      case .spread(let classes, let order):
        hash.update("classes \(classes.text) \(order.rawValue)\n")
      case .exact(let exact): hash.update("labels \(exact.text)\n")
      }
      hash.update("seeds \(seeds.text)\n")
    case .listed(_, let labels, let seeds):
      hash.update("listed\n")
      Self.add(labels, to: &hash)
      Self.add(seeds, to: &hash)
    }
    return String(hash.hexadecimal.prefix(16))
  }

  /// The number of numbers in a group.
  private static let groupLength = 4096

  /// Adds a list to a hash, in little-endian form: the count of the numbers, then every full group
  /// of them, then the numbers after the last group, 4 bytes each.
  ///
  /// All versions have hashed this form. It does not depend on how `PackedNumbers` holds the
  /// numbers in memory.
  private static func add(_ numbers: PackedNumbers, to hash: inout SHA256) {
    hash.update(UInt64(numbers.count))
    var start = 0
    while start + groupLength <= numbers.count {
      add((start..<start + groupLength).map { numbers[$0] }, to: &hash)
      start += groupLength
    }
    for position in start..<numbers.count { hash.update(numbers[position]) }
  }

  /// Adds a group: its base, 4 bytes; its stride, 8 bytes; its width, 1 byte; and its differences.
  ///
  /// If the difference between consecutive numbers is constant, it is the stride, the base is the
  /// first number, and the width is 0. Otherwise the base is the smallest number and the stride is
  /// 0. The difference of each number from the base follows in 1, 2 or 4 bytes, as the largest one
  /// needs.
  private static func add(_ group: [UInt32], to hash: inout SHA256) {
    let stride = Int64(group[1]) - Int64(group[0])
    if zip(group, group.dropFirst()).allSatisfy({ Int64($1) - Int64($0) == stride }) {
      hash.update(group[0])
      hash.update(stride)
      hash.update(UInt8(0))
      return
    }
    let (least, most) = (group.min()!, group.max()!)
    let width = most - least < 1 << 8 ? 1 : most - least < 1 << 16 ? 2 : 4
    hash.update(least)
    hash.update(Int64(0))
    hash.update(UInt8(width))
    let distances = group.flatMap { number in
      withUnsafeBytes(of: (number - least).littleEndian) { Array($0.prefix(width)) }
    }
    distances.withUnsafeBytes { hash.update($0) }
  }
}
