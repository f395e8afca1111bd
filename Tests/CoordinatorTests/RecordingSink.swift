import Coordinator
import Foundation
import Job
import Output

/// A sink that records images, and fails on request.
final class RecordingSink: ImageSink {
  var written: [Int] = []
  var isFinished = false
  /// The error that `write` and `finish` throw, unless it is `nil`.
  var trouble: (any Error)?
  /// The image for which `write` fails. `nil` for all images.
  var failsAt: Int?
  var failsToFinish = false

  static let diskFull = OutputError.system(action: "write", path: "/full/images", code: ENOSPC)

  struct Broken: Error, CustomStringConvertible {
    let description = "the sink is broken"
  }

  func write(_ image: FinishedImage) throws {
    if let trouble, failsAt == nil || failsAt == image.index, !failsToFinish { throw trouble }
    written.append(image.index)
  }

  /// The damaged images that calls of `finish` find, the last element first.
  var damages: [[Int]] = []

  func finish() throws -> [Int] {
    if let trouble, failsToFinish { throw trouble }
    if let damaged = damages.popLast() { return damaged }
    isFinished = true
    return []
  }
}

/// Records the announcements and the last status.
final class Transcript: DispatchObserver {
  var text = ""
  var status: JobStatus?
  var isFinished = false

  func announce(_ text: String) { self.text += text + "\n" }

  func observe(
    at now: ContinuousClock.Instant, state: JobStatus.State, done: () -> Double,
    status: () -> JobStatus
  ) {
    self.status = status()
  }

  func finish() { isFinished = true }
  func leave(_ status: JobStatus) { self.status = status }
}

extension ImagePlan {
  /// Returns a plan of `count` images over the first classes in turn, with seeds from 0.
  static func spread(over classCount: Int, count: Int) -> ImagePlan {
    ImagePlan(
      labels: .spread(over: NumberRanges(first: classCount), .interleaved),
      seeds: NumberRanges(first: count))
  }
}
