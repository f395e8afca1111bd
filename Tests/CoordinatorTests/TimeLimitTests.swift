import Coordinator
import Foundation
import Job
import Messaging
import TestSupport
import Testing

/// Seven images in batches of three, on two ranks, with 100 seconds until the time limit.
@Suite struct TimeLimitTests {
  private let postbox = FakePostbox(rankCount: 2)
  private let sink = RecordingSink()
  private let transcript = Transcript()
  private let dispatcher: Dispatcher
  private let start = ContinuousClock.now

  init() throws {
    var settings = Dispatcher.Settings(
      batchSize: 3, lease: Lease(.seconds(1000)), hosts: ["north", "east"])
    settings.timeLimit = start + .seconds(100)
    dispatcher = Dispatcher(
      work: Work(.spread(over: 10, count: 7)), done: IndexBitmap(capacity: 7), settings: settings,
      postbox: postbox, sink: sink, observer: transcript)
  }

  private func turn(_ messages: (Message, from: Int)..., after seconds: Double) throws {
    for (message, rank) in messages { postbox.arrive(message, from: rank) }
    _ = try dispatcher.turn(at: start + .seconds(seconds))
  }

  private func image(_ index: Int) -> Message {
    .finished(FinishedImage(index: index, png: []))
  }

  private func progress(_ step: Int) -> Message {
    .beat(Beat(report: StepReport(step: step, of: 10), activity: Activity()))
  }

  @Test(arguments: [(30.0, 2), (45.0, 1)])
  func `a batch is started only if one as long as the longest ends in time`(
    seconds: Double, batches: Int
  ) throws {
    try turn((.ask, from: 1), after: 0)
    try turn((image(0), from: 1), (image(1), from: 1), (image(2), from: 1), after: seconds)
    try turn((.ask, from: 1), after: seconds)
    #expect(postbox.grants.count == batches)
    #expect(postbox.stops.isEmpty == (batches == 2))
  }

  @Test
  func `the pace of a batch in progress counts before any batch has ended`() throws {
    try turn((.ask, from: 1), after: 0)
    try turn((progress(9), from: 1), after: 45)
    try turn((.ask, from: 1), after: 45)
    #expect(postbox.grants.count == 1)
    #expect(
      transcript.text
        == "time limit: finishing 3 images in progress, about 5 s; no others are started\n")
    #expect(transcript.status?.state == .draining)
    try turn((image(0), from: 1), (image(1), from: 1), (image(2), from: 1), after: 50)
    #expect(postbox.stops == [0: .incomplete, 1: .incomplete])
    #expect(
      transcript.text.hasSuffix(
        "time limit: 3 of 7 images saved. Run the same command to continue.\n"))
    #expect(transcript.status?.state == .incomplete)
    #expect(transcript.status?.lastError == "the time limit was near")
  }

  @Test
  func `batches that will not end in time are announced, and lost at the limit`() throws {
    try turn((.ask, from: 0), (.ask, from: 1), after: 0)
    try turn((image(0), from: 0), (progress(1), from: 1), after: 20)
    #expect(
      transcript.text == """
        warning: batches in progress need 3 min more, but the time limit is in 80 s; their images \
        will be lost. Allow more time, or use smaller batches in a new folder

        """)
    try turn((progress(2), from: 1), after: 40)
    #expect(postbox.stops.isEmpty)
    try turn(after: 95)
    #expect(postbox.stops == [0: .incomplete, 1: .incomplete])
    #expect(
      transcript.text.hasSuffix(
        "time limit: 1 of 7 images saved, 3 in progress lost. Run the same command to continue.\n"))
    #expect(sink.written == [0])
  }

  @Test
  func `a job whose last batches are in progress completes before its time limit`() throws {
    try turn((.ask, from: 1), (.ask, from: 1), (.ask, from: 0), after: 0)
    for index in 0..<3 { try turn((image(index), from: 1), after: 60) }
    try turn((.ask, from: 1), after: 60)
    for index in 3..<7 { try turn((image(index), from: 0), after: 80) }
    #expect(postbox.stops == [0: .success, 1: .success])
    #expect(sink.isFinished && transcript.text.isEmpty)
  }
}
