/// How threads share a fixed-point convolution: chunks of tiles, as many as busy all threads; where there
/// are not enough tiles for that, the blocks of columns are divided into groups too.
struct FixedPointDivision {
  /// Tiles of one thread at once: more would read weights less often, but leave the caches.
  private static let mostRows = 64

  /// Tiles a chunk, in whole sets of 8; the last chunk may have fewer.
  let rows: Int
  private let tiles: Int
  private let blocks: Int
  private let chunks: Int
  private let groups: Int

  init(tiles: Int, blocks: Int, threads: Int) {
    (self.tiles, self.blocks) = (tiles, blocks)
    let fewest = divided(tiles, by: Self.mostRows)
    let wanted = divided(fewest, by: threads) * threads
    rows = divided(divided(tiles, by: wanted), by: 8) * 8
    chunks = divided(tiles, by: rows)
    groups = min(blocks, max(1, threads / chunks))
  }

  /// How many parts there are.
  var count: Int { chunks * groups }

  func part(_ index: Int) -> (tiles: Range<Int>, blocks: Range<Int>) {
    let (chunk, group) = index.quotientAndRemainder(dividingBy: groups)
    let first = chunk * rows
    return (first..<min(first + rows, tiles), share(blocks, group, of: groups))
  }
}

/// Part `index` of `count` items divided evenly among `parts`.
func share(_ count: Int, _ index: Int, of parts: Int) -> Range<Int> {
  count * index / parts..<count * (index + 1) / parts
}

private func divided(_ count: Int, by size: Int) -> Int { (count + size - 1) / size }
