import CKernels

/// The division of a fixed-point convolution among threads: chunks of tiles, enough to keep all
/// threads busy. If there are too few tiles, the blocks of columns are divided into groups too.
struct TileSchedule {
  /// The largest number of tiles of one thread at once. With more, weights are read less often, but
  /// do not stay in the caches.
  private static let mostRows = 64

  /// The number of tiles in a chunk, a multiple of 8. The last chunk may have fewer.
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

  /// The number of parts.
  var count: Int { chunks * groups }

  func part(_ index: Int) -> (tiles: Range<Int>, blocks: Range<Int>) {
    let (chunk, group) = index.quotientAndRemainder(dividingBy: groups)
    let first = chunk * rows
    return (first..<min(first + rows, tiles), share(blocks, group, of: groups))
  }
}

/// One thread's memory for a chunk of tiles: their transforms as integers, the factor of each row
/// of these, and the f32 numbers before and after the products.
struct TileScratch {
  let byteCount: Int
  private let transformedPlace: Int
  private let scalesPlace: Int
  private let workPlace: Int

  init(positions: Int, rows: Int, channels: Int) {
    var layout = ScratchLayout()
    transformedPlace = layout.take(positions * rows * channels * 2)
    scalesPlace = layout.take(positions * rows * 4)
    workPlace = layout.take(positions * max(2 * channels, rows * Int(DMPI_FIXED_COLUMNS)) * 4)
    byteCount = layout.byteCount
  }

  func pointers(
    in memory: UnsafeMutableRawPointer
  ) -> (
    transformed: UnsafeMutablePointer<Int16>, scales: UnsafeMutablePointer<Float>,
    work: UnsafeMutablePointer<Float>
  ) {
    (
      (memory + transformedPlace).assumingMemoryBound(to: Int16.self),
      (memory + scalesPlace).assumingMemoryBound(to: Float.self),
      (memory + workPlace).assumingMemoryBound(to: Float.self)
    )
  }
}

/// Returns part `index` of `count` items that are divided evenly among `parts`.
func share(_ count: Int, _ index: Int, of parts: Int) -> Range<Int> {
  count * index / parts..<count * (index + 1) / parts
}

private func divided(_ count: Int, by size: Int) -> Int { (count + size - 1) / size }
