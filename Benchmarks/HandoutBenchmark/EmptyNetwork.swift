import Diffusion
import Foundation
import Job
import Output
import Synchronization
import Worker

/// The processor time spent in an image maker, in nanoseconds. The computing thread writes it, and
/// the main thread reads it.
final class MakerClock: Sendable {
  let nanoseconds = Atomic<Int>(0)
}

/// A network that takes no time. Its images are painted instead of sampled, and encoded like real
/// ones.
final class EmptyNetwork: ImageMaker {
  private let picture: PaintedImage
  /// The file of every image, if encoding is not measured.
  private let encoded: [UInt8]?
  private let clock: MakerClock

  /// - Parameter encodes: whether each image is encoded. Otherwise all are copies of one file.
  init(size: Int, encodes: Bool, clock: MakerClock) throws {
    picture = PaintedImage(size: size)
    encoded = encodes ? nil : try Self.file(picture.moved(by: 0), seed: 0)
    self.clock = clock
  }

  func make(
    _ requests: [ImageRequest], report: (StepReport) -> Void,
    finish: (FinishedImage) throws -> Void
  ) throws -> [Int: NotFinite] {
    let start = ThreadTimes.running
    let images = try requests.map { request in
      let png = try encoded ?? Self.file(picture.moved(by: request.index), seed: request.seed)
      return FinishedImage(index: request.index, png: png)
    }
    report(StepReport(step: 1, of: 1))
    let used = ThreadTimes.running - start
    clock.nanoseconds.add(Int(used * 1e9), ordering: .relaxed)
    try images.forEach(finish)
    return [:]
  }

  private static func file(_ image: RGBImage, seed: UInt32) throws -> [UInt8] {
    [UInt8](try image.pngData(text: [("Software", "handout-benchmark"), ("seed", "\(seed)")]))
  }
}
