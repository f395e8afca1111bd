import CKernels
import Synchronization

/// Calls `body` for every item in `0..<count`, distributed evenly over the plan's threads.
///
/// The distribution never affects the result, because the work for an item is the same on every
/// thread.
func parallel(_ count: Int, _ body: (Int) -> Void) {
  withoutActuallyEscaping(body) { body in
    var context = body
    withUnsafeMutablePointer(to: &context) { pointer in
      dmpi_parallel(
        Int64(count),
        { context, item in
          context!.assumingMemoryBound(to: ((Int) -> Void).self).pointee(Int(item))
        }, pointer)
    }
  }
}

/// Runs `body` on `0..<count` in pieces of at most `grain`, distributed over the plan's threads.
package func parallel(_ count: Int, grain: Int, _ body: (Range<Int>) -> Void) {
  parallel((count + grain - 1) / grain) { piece in
    body(piece * grain..<min(count, (piece + 1) * grain))
  }
}

/// Calls `body` with each image and at most `most` of its pixels, until all pixels of a value with
/// `shape` are done, distributed over the plan's threads.
func parallelPixels(
  _ shape: Shape, _ most: Int, _ body: (_ image: Int, _ pixels: Range<Int>) -> Void
) {
  let pieces = (shape.pixels + most - 1) / most
  parallel(shape.batch * pieces) { item in
    let (image, piece) = item.quotientAndRemainder(dividingBy: pieces)
    body(image, piece * most..<min(shape.pixels, (piece + 1) * most))
  }
}

/// The first status other than success that the threads of a parallel region met.
final class FirstFailure: Sendable {
  private let first = Atomic<Int32>(0)

  func record(_ status: Int32) {
    if status != 0 {
      _ = first.compareExchange(expected: 0, desired: status, ordering: .relaxed)
    }
  }

  var status: Int32 { first.load(ordering: .relaxed) }
}
