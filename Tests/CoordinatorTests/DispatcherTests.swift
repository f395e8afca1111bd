import Coordinator
import Foundation
import Job
import Messaging
import Testing

@Suite struct DispatcherTests {
  struct DiskFull: Error, CustomStringConvertible {
    let description = "no space left on device"
  }

  final class RecordingSink: ImageSink {
    var written: [Int] = []
    var isFinished = false
    var failsAt: Int?
    var failsToFinish = false

    func write(_ image: FinishedImage) throws {
      if image.index == failsAt { throw DiskFull() }
      written.append(image.index)
    }

    func finish() throws {
      if failsToFinish { throw DiskFull() }
      isFinished = true
    }
  }

  /// What is said aloud.
  final class Transcript {
    var text = ""
  }

  private let postbox = FakePostbox(rankCount: 3)
  private let sink = RecordingSink()
  private let transcript = Transcript()
  private let dispatcher: Dispatcher
  private let start = ContinuousClock.now

  /// Seven images in batches of three, over three ranks.
  init() throws {
    let transcript = transcript
    dispatcher = Dispatcher(
      plan: try PlanOptions(numSamples: 7).plan(classCount: 10), batchSize: 3, postbox: postbox,
      sink: sink, hosts: ["north", "east", "west"],
      display: ProgressDisplay(.none, total: 7, rankCount: 3) { transcript.text += $0 })
  }

  /// Lets messages arrive and the dispatcher handle them.
  private func turn(_ messages: (Message, from: Int)..., after seconds: Double = 0) throws {
    for (message, rank) in messages { postbox.arrive(message, from: rank) }
    _ = try dispatcher.turn(at: start + .seconds(seconds))
  }

  private func image(_ index: Int) -> Message {
    .finished(FinishedImage(index: index, png: []))
  }

  @Test("batches are handed out in order, to whoever asks; the last may be short")
  func order() throws {
    try turn((.ask, from: 2), (.ask, from: 0), (.ask, from: 2), (.ask, from: 1))
    #expect(postbox.grants.map(\.rank) == [2, 0, 2])
    #expect(postbox.grants.map(\.indices) == [[0, 1, 2], [3, 4, 5], [6]])
  }

  @Test("the job ends well when all images are written, whatever the order they came in")
  func success() throws {
    try turn((.ask, from: 2), (.ask, from: 1), (.ask, from: 2))
    try turn((image(6), from: 2), (image(4), from: 1), (image(1), from: 2), (image(0), from: 2))
    try turn((image(5), from: 1), (image(3), from: 1))
    #expect(postbox.stops.isEmpty)
    #expect(!sink.isFinished)
    try turn((image(2), from: 2))
    #expect(sink.written == [6, 4, 1, 0, 5, 3, 2])
    #expect(sink.isFinished)
    #expect(postbox.stops == [0: .success, 1: .success, 2: .success])
    #expect(dispatcher.outcome == nil)
    try turn((.goodbye, from: 0), (.goodbye, from: 2), (.goodbye, from: 1))
    #expect(dispatcher.outcome == .success)
    #expect(transcript.text.isEmpty)
  }

  @Test("what several ranks have to say to the user is told once")
  func notes() throws {
    try turn((.note("packing"), from: 1), (.note("packing"), from: 2), (.note("full"), from: 0))
    try turn((.note("packing"), from: 0))
    #expect(transcript.text == "packing\nfull\n")
    #expect(postbox.sent.isEmpty)
  }

  @Test("of many failures the first ends the job, and is told once with its rank and host")
  func failure() throws {
    try turn(
      (.ask, from: 0), (.failed(Failure("no such file", status: .cannotRead)), from: 1),
      (.failed(Failure("no such file", status: .badData)), from: 2), (.ask, from: 0))
    #expect(transcript.text == "error: rank 1 on east: no such file\n")
    #expect(postbox.stops == [0: .cannotRead, 1: .cannotRead, 2: .cannotRead])
    #expect(postbox.grants.count == 1)
    try turn((image(0), from: 0))
    #expect(sink.written.isEmpty)
  }

  @Test("an image that cannot be written ends the job, and what is written stays")
  func sinkFailure() throws {
    sink.failsAt = 1
    try turn((.ask, from: 1), (image(0), from: 1), (image(1), from: 1), (image(2), from: 1))
    #expect(sink.written == [0])
    #expect(transcript.text == "error: no space left on device\n")
    #expect(postbox.stops == [0: .cannotWrite, 1: .cannotWrite, 2: .cannotWrite])
  }

  @Test("what is written last can fail too")
  func finishFailure() throws {
    sink.failsToFinish = true
    try turn((.ask, from: 0), (.ask, from: 0), (.ask, from: 0))
    for index in 0..<7 { try turn((image(index), from: 0)) }
    #expect(sink.written.count == 7)
    #expect(postbox.stops[1] == .cannotWrite)
  }

  @Test(
    "an image that nobody asked for ends the job",
    arguments: [(0, 1), (6, 2), (-1, 2), (7, 2)])
  func unasked(index: Int, rank: Int) throws {
    try turn((.ask, from: 2), (image(index), from: rank))
    #expect(sink.written.isEmpty)
    #expect(postbox.stops[0] == .internalError)
    #expect(transcript.text.contains("image \(index) came without being asked for"))
  }

  @Test("an image that comes twice ends the job")
  func twice() throws {
    try turn((.ask, from: 2), (image(0), from: 2), (image(0), from: 2))
    #expect(sink.written == [0])
    #expect(postbox.stops[0] == .internalError)
  }

  @Test("after an interrupt nothing is handed out, and images on their way are kept")
  func interrupt() throws {
    try turn((.ask, from: 1), (image(2), from: 1), (.interrupted, from: 0), (.interrupted, from: 1))
    #expect(transcript.text == "interrupted: 1 of 7 images are written\n")
    #expect(postbox.stops == [0: .incomplete, 1: .incomplete, 2: .incomplete])
    try turn((.ask, from: 0), (image(0), from: 1))
    #expect(postbox.grants.count == 1)
    #expect(sink.written == [2, 0])
  }

  @Test("a rank that does not say goodbye is left behind")
  func noGoodbye() throws {
    try turn((.interrupted, from: 0), (.goodbye, from: 0), (.goodbye, from: 1))
    #expect(dispatcher.outcome == nil)
    try turn(after: 60)
    #expect(dispatcher.outcome == .incomplete)
  }
}
