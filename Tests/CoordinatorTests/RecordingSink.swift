import Coordinator
import Foundation
import Job
import Output

/// A sink that remembers, and fails when told to.
final class RecordingSink: ImageSink {
  var written: [Int] = []
  var isFinished = false
  /// Thrown by `write` and `finish` while it is set.
  var trouble: (any Error)?
  /// The image that `trouble` is about; all when nil.
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

  /// What `finish` finds damaged, one after the other.
  var damages: [[Int]] = []

  func finish() throws -> [Int] {
    if let trouble, failsToFinish { throw trouble }
    if let damaged = damages.popLast() { return damaged }
    isFinished = true
    return []
  }
}

/// Writes down what is said aloud, and the last status.
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
  /// A plan of `count` images over the first classes in turn, with seeds from 0.
  static func spread(over classCount: Int, count: Int) -> ImagePlan {
    ImagePlan(
      labels: .spread(over: NumberRanges(first: classCount), .interleaved),
      seeds: NumberRanges(first: count))
  }
}
