import Coordinator
import Foundation
import Job

/// Passes images on to a sink, and measures its time and the number of images per second.
final class MeasuredSink: ImageSink {
  private let sink: (any ImageSink)?
  private(set) var imageCount = 0
  private(set) var byteCount = 0
  /// The processor time inside the sink, in seconds.
  private(set) var writing = 0.0
  private(set) var finishing = 0.0
  private var start: ContinuousClock.Instant?
  private var end: ContinuousClock.Instant?
  private var before: ThreadTimes?
  /// The time that the main thread spent from the first to the last image.
  private(set) var times = ThreadTimes(running: 0, waiting: 0)

  /// - Parameter sink: the sink, or `nil` to discard the images.
  init(_ sink: (any ImageSink)?) {
    self.sink = sink
  }

  /// The seconds from the first image to the last.
  var seconds: Double { start.flatMap { start in end.map { ($0 - start) / .seconds(1) } } ?? 0 }

  /// The first image starts the clock, so it does not count.
  var imagesPerSecond: Double { Double(imageCount - 1) / seconds }

  func write(_ image: FinishedImage) throws {
    if start == nil { (start, before) = (.now, .current) }
    let processorTime = ThreadTimes.running
    try sink?.write(image)
    writing += ThreadTimes.running - processorTime
    end = .now
    imageCount += 1
    if case .png(let file) = image.content { byteCount += file.count }
  }

  func finish() throws -> [Int] {
    if let before { times = ThreadTimes.current - before }
    var damaged: [Int] = []
    finishing =
      try ContinuousClock().measure { damaged = try sink?.finish() ?? [] } / .seconds(1)
    return damaged
  }
}
