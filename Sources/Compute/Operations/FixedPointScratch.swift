import CKernels

/// One thread's memory for a chunk of tiles: their transforms as integers, the factor of each row
/// of these, and the f32 numbers before and after the products.
struct FixedPointScratch {
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
