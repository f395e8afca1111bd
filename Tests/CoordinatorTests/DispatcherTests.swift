import Coordinator
import Foundation
import Job
import Messaging
import TestSupport
import Testing

@Suite struct DispatcherTests {
  private let postbox = FakePostbox(rankCount: 3)
  private let sink = RecordingSink()
  private let transcript = Transcript()
  private let dispatcher: Dispatcher
  private let start = ContinuousClock.now

  /// Seven images in batches of three, on three ranks.
  init() throws {
    dispatcher = try Self.dispatcher(postbox, sink, transcript, count: 7)
  }

  private static func dispatcher(
    _ postbox: FakePostbox, _ sink: RecordingSink, _ transcript: Transcript, count: Int,
    done: [Int] = []
  ) throws -> Dispatcher {
    var there = IndexBitmap(capacity: count)
    for index in done { there.insert(index) }
    return Dispatcher(
      work: Work(.spread(over: 10, count: count)), done: there,
      settings: Dispatcher.Settings(
        batchSize: 3, lease: Lease(.seconds(30)), diskPatience: .seconds(60),
        hosts: ["north", "east", "west"]),
      postbox: postbox, sink: sink, observer: transcript)
  }

  /// Delivers messages to the dispatcher, and turns it.
  private func turn(_ messages: (Message, from: Int)..., after seconds: Double = 0) throws {
    for (message, rank) in messages { postbox.arrive(message, from: rank) }
    _ = try dispatcher.turn(at: start + .seconds(seconds))
  }

  /// Turns every second, with beats from the given ranks.
  private func pass(seconds: ClosedRange<Int>, beating: [Int]) throws {
    for second in seconds {
      for rank in beating {
        postbox.arrive(.beat(Beat(report: nil, activity: Activity())), from: rank)
      }
      try turn(after: Double(second))
    }
  }

  private func image(_ index: Int) -> Message {
    .finished(FinishedImage(index: index, png: []))
  }

  // MARK: - Handing out

  @Test
  func `batches are handed out in order to any rank that asks, and the last may be short`() throws {
    try turn((.ask, from: 2), (.ask, from: 0), (.ask, from: 2), (.ask, from: 1))
    #expect(postbox.grants.map(\.rank) == [2, 0, 2])
    #expect(postbox.grants.map(\.indices) == [[0, 1, 2], [3, 4, 5], [6]])
  }

  @Test
  func `the job succeeds when all images are written, in any order`() throws {
    try turn((.ask, from: 2), (.ask, from: 1), (.ask, from: 2))
    try turn((image(6), from: 2), (image(4), from: 1), (image(1), from: 2), (image(0), from: 2))
    try turn((image(5), from: 1), (image(3), from: 1))
    #expect(postbox.stops.isEmpty)
    #expect(!sink.isFinished)
    try turn((image(2), from: 2))
    #expect(sink.written == [6, 4, 1, 0, 5, 3, 2])
    #expect(sink.isFinished && transcript.isFinished)
    #expect(postbox.stops == [0: .success, 1: .success, 2: .success])
    #expect(dispatcher.outcome == nil)
    try turn((.goodbye, from: 0), (.goodbye, from: 2), (.goodbye, from: 1))
    #expect(dispatcher.outcome == .success)
    #expect(transcript.text.isEmpty)
    #expect(transcript.status?.state == .complete && transcript.status?.done == 7)
  }

  @Test
  func `existing images are not made again`() throws {
    let dispatcher = try Self.dispatcher(postbox, sink, transcript, count: 7, done: [0, 2, 3, 6])
    postbox.arrive(.ask, from: 1)
    _ = try dispatcher.turn(at: start)
    #expect(postbox.grants.map(\.indices) == [[1, 4, 5]])
    for index in [1, 4, 5] { postbox.arrive(image(index), from: 1) }
    _ = try dispatcher.turn(at: start)
    #expect(sink.written == [1, 4, 5] && sink.isFinished)
    #expect(transcript.status?.done == 7 && transcript.status?.doneBefore == 4)
  }

  @Test
  func `a job with nothing left to do ends immediately`() throws {
    let dispatcher = try Self.dispatcher(postbox, sink, transcript, count: 2, done: [0, 1])
    _ = try dispatcher.turn(at: start)
    #expect(sink.written.isEmpty && sink.isFinished)
    #expect(postbox.stops == [0: .success, 1: .success, 2: .success])
  }

  @Test
  func `a message from several ranks is printed once`() throws {
    try turn((.note("packing"), from: 1), (.note("packing"), from: 2), (.note("full"), from: 0))
    try turn((.note("packing"), from: 0))
    #expect(transcript.text == "packing\nfull\n")
    #expect(postbox.sent.isEmpty)
  }

  @Test
  func `a warning that two ranks have about the same image is announced once`() throws {
    let text = "image 3 is not finite; it is tried once more"
    try turn((.warning(text), from: 1), (.warning(text), from: 2))
    try turn((.warning("image 4 is not finite; it is tried once more"), from: 2))
    #expect(
      transcript.text == """
        warning: rank 1 on east: image 3 is not finite; it is tried once more
        warning: rank 2 on west: image 4 is not finite; it is tried once more

        """)
  }

  // MARK: - Failures

  @Test
  func `the first of many failures ends the job, and is reported once with its rank and host`()
    throws
  {
    try turn((.ask, from: 0))
    try turn(
      (.failed(Failure("no such file", status: .cannotRead)), from: 1),
      (.failed(Failure("no such file", status: .badData)), from: 2), (.ask, from: 0))
    #expect(transcript.text == "error: rank 1 on east: no such file\n")
    #expect(postbox.stops == [0: .cannotRead, 1: .cannotRead, 2: .cannotRead])
    #expect(postbox.grants.count == 1)
    try turn((image(0), from: 0))
    #expect(sink.written.isEmpty)
    #expect(transcript.status?.state == .failed)
  }

  @Test
  func `an image that cannot be written ends the job, and written images stay`() throws {
    (sink.trouble, sink.failsAt) = (RecordingSink.Broken(), 1)
    try turn((.ask, from: 1), (image(0), from: 1), (image(1), from: 1), (image(2), from: 1))
    #expect(sink.written == [0])
    #expect(transcript.text == "error: the sink is broken\n")
    #expect(postbox.stops == [0: .cannotWrite, 1: .cannotWrite, 2: .cannotWrite])
  }

  @Test(arguments: [-1, 7])
  func `an image that is not in the job ends it`(index: Int) throws {
    try turn((.ask, from: 2), (image(index), from: 2))
    #expect(sink.written.isEmpty)
    #expect(postbox.stops[0] == .internalError)
    #expect(transcript.text.contains("image \(index) came, but the job has 7"))
  }

  @Test(arguments: [1, 2])
  func `if an image arrives twice, the first one is written`(rank: Int) throws {
    try turn((.ask, from: 2), (image(0), from: 2), (image(0), from: rank))
    #expect(sink.written == [0])
    #expect(postbox.stops.isEmpty)
  }

  @Test
  func `a job with an image that was given up ends with an error and all other images`() throws {
    try turn((.ask, from: 1), (.ask, from: 1), (.ask, from: 1))
    for index in [0, 1, 2, 3, 5, 6] { try turn((image(index), from: 1)) }
    try turn((.givenUp(index: 4, reason: "image 4 is not finite"), from: 1))
    #expect(sink.isFinished)
    #expect(postbox.stops[0] == .badData)
    #expect(
      transcript.text == """
        warning: rank 1 on east: image 4 is not finite
        error: 1 image failed (see above and status.json); all others are complete

        """)
    #expect(transcript.status?.givenUp.map(\.index) == [4])
  }

  // MARK: - Signals

  @Test
  func `after SIGTERM nothing is handed out, and images in transit are saved`() throws {
    try turn((.ask, from: 1))
    try turn((image(2), from: 1), (.interrupted(.stop), from: 0), (.interrupted(.stop), from: 1))
    #expect(
      transcript.text
        == "interrupted: 1 of 7 images saved. Run the same command to continue.\n")
    #expect(postbox.stops == [0: .incomplete, 1: .incomplete, 2: .incomplete])
    try turn((.ask, from: 0), (image(0), from: 1))
    #expect(postbox.grants.count == 1)
    #expect(sink.written == [2, 0])
    #expect(transcript.status?.state == .interrupted)
  }

  @Test
  func `after SIGUSR1 batches in progress are finished, and no others are started`() throws {
    try turn((.ask, from: 1), (.ask, from: 2))
    try turn((.interrupted(.drain), from: 0), (.interrupted(.drain), from: 2), (.ask, from: 0))
    #expect(transcript.status?.state == .draining)
    for (index, rank) in [(3, 2), (0, 1), (4, 2), (1, 1), (5, 2)] {
      try turn((image(index), from: rank))
    }
    #expect(postbox.stops.isEmpty)
    try turn((image(2), from: 1))
    #expect(postbox.grants.count == 2)
    #expect(sink.written.count == 6 && !sink.isFinished)
    #expect(postbox.stops == [0: .incomplete, 1: .incomplete, 2: .incomplete])
    #expect(
      transcript.text == """
        draining: finishing 6 images in progress; no others are started
        drained: 6 of 7 images saved. Run the same command to continue.

        """)
  }

  /// Requests batches. After nine seconds, ranks 1 and 2 report the given number of their ten
  /// steps.
  private func reach(_ steps: [Int: Int]) throws {
    try turn((.ask, from: 1), (.ask, from: 2))
    for (rank, step) in steps {
      let report = StepReport(step: step, of: 10)
      postbox.arrive(.beat(Beat(report: report, activity: Activity())), from: rank)
    }
    try turn(after: 9)
  }

  @Test
  func `the first Ctrl-C finishes batches that are nearly done, and says how long that takes`()
    throws
  {
    try reach([1: 5, 2: 1])
    try turn((.interrupted(.wrapUp), from: 0), (.interrupted(.wrapUp), from: 2), after: 9)
    #expect(
      transcript.text == """
        interrupted: finishing 3 of 6 images in progress, about 9 s; press Ctrl-C again to stop now

        """)
    #expect(transcript.status?.state == .draining && transcript.status?.secondsLeft == 9)
    try turn((.ask, from: 0), (.ask, from: 1), (image(0), from: 1), (image(1), from: 1), after: 9.5)
    #expect(postbox.grants.count == 2 && postbox.stops.isEmpty)
    // Images of an abandoned batch are also accepted if they arrive in time.
    try turn((image(4), from: 2), (image(2), from: 1), after: 10)
    #expect(sink.written == [0, 1, 4, 2] && !sink.isFinished)
    #expect(postbox.stops == [0: .incomplete, 1: .incomplete, 2: .incomplete])
    #expect(transcript.status?.state == .interrupted && transcript.status?.secondsLeft == nil)
    #expect(
      transcript.text.hasSuffix(
        "interrupted: 4 of 7 images saved, 2 in progress lost. Run the same command to continue.\n")
    )
  }

  @Test(arguments: [[1: 1, 2: 2], [:]])
  func `the first Ctrl-C ends the job immediately if no batch is known to be done soon`(
    steps: [Int: Int]
  ) throws {
    try reach(steps)
    try turn((.interrupted(.wrapUp), from: 1), after: 9)
    let lost = steps.isEmpty ? "" : ", 6 in progress lost"
    #expect(
      transcript.text
        == "interrupted: 0 of 7 images saved\(lost). Run the same command to continue.\n")
    #expect(postbox.stops == [0: .incomplete, 1: .incomplete, 2: .incomplete])
  }

  @Test
  func `a second Ctrl-C, or SIGTERM, ends the job immediately`() throws {
    try reach([1: 9, 2: 9])
    try turn((.interrupted(.wrapUp), from: 1), after: 9)
    #expect(transcript.text.contains("finishing 6 images in progress, about 1 s; "))
    #expect(postbox.stops.isEmpty)
    try turn((image(0), from: 1), (.interrupted(.stop), from: 1), after: 9.5)
    #expect(postbox.stops[2] == .incomplete)
    #expect(
      transcript.text.hasSuffix(
        "interrupted: 1 of 7 images saved, 5 in progress lost. Run the same command to continue.\n")
    )
  }

  @Test
  func `after Ctrl-C, the job waits 15 seconds for batches that take longer than expected`() throws
  {
    try reach([1: 9, 2: 9])
    try turn((.interrupted(.wrapUp), from: 1), after: 9)
    for second in [10.0, 20, 23.9] { try turn(after: second) }
    #expect(postbox.stops.isEmpty)
    try turn(after: 24)
    #expect(postbox.stops == [0: .incomplete, 1: .incomplete, 2: .incomplete])
  }

  @Test
  func `after Ctrl-C, the job does not wait for a rank that dies`() throws {
    try reach([1: 9, 2: 1])
    try turn((.interrupted(.wrapUp), from: 0), after: 9)
    postbox.deadRanks = [1]
    try turn(after: 9.1)
    #expect(postbox.stops[0] == .incomplete && transcript.status?.state == .interrupted)
  }

  @Test
  func `a job whose last batches are nearly done completes despite Ctrl-C`() throws {
    try reach([1: 9, 2: 9])
    for index in [3, 4, 5] { try turn((image(index), from: 2), after: 9) }
    try turn((.ask, from: 2), after: 9)
    try turn((image(6), from: 2), after: 9.1)
    try turn((.interrupted(.wrapUp), from: 1), after: 9.2)
    for index in [0, 1, 2] { try turn((image(index), from: 1), after: 9.3) }
    #expect(sink.isFinished && postbox.stops[0] == .success)
    #expect(transcript.status?.state == .complete)
  }

  @Test
  func `while a job drains, the time left is that of the batches in progress`() throws {
    try reach([1: 9, 2: 5])
    try turn((.interrupted(.drain), from: 0), after: 9)
    #expect(transcript.status?.secondsLeft == 9)
    #expect(
      transcript.text
        == "draining: finishing 6 images in progress, about 9 s; no others are started\n")
  }

  @Test
  func `SIGTERM ends a drain early`() throws {
    try turn((.ask, from: 1))
    try turn((.interrupted(.drain), from: 0))
    try turn((.interrupted(.stop), from: 0), (.interrupted(.drain), from: 1))
    #expect(postbox.stops[1] == .incomplete)
    #expect(transcript.text.contains("interrupted: 0 of 7 images"))
  }

  @Test
  func `the job does not wait for a rank that does not say goodbye`() throws {
    try turn((.interrupted(.stop), from: 0), (.goodbye, from: 0), (.goodbye, from: 1))
    #expect(dispatcher.outcome == nil)
    try turn(after: 60)
    #expect(dispatcher.outcome == .incomplete)
  }

  @Test
  func `nothing is sent to a rank after its stop, because the rank may have ended`() throws {
    let beat = Message.beat(Beat(report: nil, activity: Activity()))
    try turn((beat, from: 1), (.interrupted(.stop), from: 0))
    postbox.clear()
    try turn((beat, from: 1), (.ask, from: 1), (.goodbye, from: 1), (beat, from: 2))
    #expect(postbox.sent.isEmpty)
  }

  // MARK: - Ranks that are lost

  @Test(arguments: [true, false])
  func `the images of a rank that is silent or dead go to others`(isKnownDead: Bool) throws {
    try turn((.ask, from: 1), (.ask, from: 2))
    try turn((image(1), from: 1))
    if isKnownDead {
      postbox.deadRanks = [1]
      try turn(after: 1)
    } else {
      try pass(seconds: 1...34, beating: [0, 2])
    }
    let what = isKnownDead ? "died" : "has been silent for 30 s"
    #expect(transcript.text == "warning: rank 1 on east \(what): its 2 images go to others\n")
    #expect(postbox.lostRanks == [1])
    #expect(transcript.status?.ranks.alive == 2 && transcript.status?.ranks.lost == [1])
    postbox.clear()
    try turn((.ask, from: 0), after: 36)
    #expect(postbox.grants.map(\.indices) == [[0, 2, 6]])
  }

  @Test
  func `messages sent before a rank died count, but do not bring it back`() throws {
    try turn((.ask, from: 1))
    postbox.deadRanks = [1]
    try turn(after: 1)
    try turn((image(0), from: 1), (.ask, from: 0), after: 2)
    #expect(sink.written == [0])
    #expect(!transcript.text.contains("is back") && postbox.lostRanks == [1])
    #expect(postbox.grants.last?.indices == [1, 2, 3])
  }

  @Test
  func `at the end, rank 0 waits for silent ranks but not for dead ones`() throws {
    postbox.deadRanks = [1]
    try turn((.interrupted(.stop), from: 0), after: 1)
    #expect(postbox.hasResumed)
    try turn((.goodbye, from: 0), after: 1.5)
    #expect(dispatcher.outcome == nil)
    try turn((.goodbye, from: 2), after: 1.6)
    #expect(dispatcher.outcome == .incomplete)
  }

  @Test
  func `a rank that comes back is used again, and its images are saved once`() throws {
    try turn((.ask, from: 1), (.ask, from: 2))
    try pass(seconds: 1...34, beating: [0, 2])
    postbox.clear()
    try turn((.ask, from: 2), after: 36)
    #expect(postbox.grants.map(\.indices) == [[0, 1, 2]])
    try turn((image(0), from: 1), (image(1), from: 2), after: 37)
    try turn((image(1), from: 1), (image(0), from: 2), (.ask, from: 1), after: 38)
    #expect(sink.written == [0, 1])
    #expect(transcript.text.hasSuffix("rank 1 on east is back\n"))
    #expect(postbox.lostRanks.isEmpty)
    #expect(postbox.grants.map(\.indices) == [[0, 1, 2], [6]])
  }

  @Test
  func `the request of a lost rank stays open until it is back`() throws {
    try turn((.ask, from: 1), (.ask, from: 2), (.ask, from: 0), (.ask, from: 1))
    try pass(seconds: 1...34, beating: [0, 2])
    #expect(postbox.grants.count == 3)
    try turn((.beat(Beat(report: nil, activity: Activity())), from: 1), after: 36)
    #expect(postbox.grants.count == 4)
  }

  @Test
  func `if all others are lost, rank 0 makes the remaining images alone`() throws {
    try turn((.ask, from: 1), (.ask, from: 2), (.ask, from: 0))
    postbox.deadRanks = [1, 2]
    for index in [6] { try turn((image(index), from: 0), (.ask, from: 0), after: 1) }
    #expect(transcript.text.hasSuffix("; rank 0 continues alone\n"))
    for round in 0..<2 {
      let granted = try #require(postbox.grants.last).indices
      for index in granted { try turn((image(index), from: 0), after: 2) }
      if round == 0 { try turn((.ask, from: 0), after: 2) }
    }
    #expect(Set(sink.written) == Set(0..<7) && sink.isFinished)
    try turn((.goodbye, from: 0), after: 2)
    #expect(dispatcher.outcome == .success)
  }

  @Test
  func `a coordinator that was stopped itself considers no rank lost`() throws {
    try pass(seconds: 0...1, beating: [0, 1, 2])
    try turn(after: 5000)
    try turn(after: 5001)
    #expect(transcript.text.isEmpty)
  }

  @Test
  func `near the end, an idle rank copies the slowest images, and the first result counts`() throws
  {
    try turn((.ask, from: 1), (.ask, from: 2), (.ask, from: 0))
    for index in [3, 4, 5] { try turn((image(index), from: 2), after: 2) }
    try turn((image(6), from: 0), (.ask, from: 0), after: 2)
    #expect(postbox.grants.count == 3)
    // It needs longer for a quarter of a batch than the others for a whole one.
    let slow = Message.beat(Beat(report: StepReport(step: 1, of: 4), activity: Activity()))
    try turn((slow, from: 1), (image(1), from: 1), after: 2.5)
    #expect(postbox.grants.last?.rank == 0)
    #expect(postbox.grants.last?.indices == [0, 2])
    try turn((.ask, from: 2), after: 3)
    #expect(postbox.grants.count == 4)
    try turn((image(0), from: 1), (image(0), from: 0), (image(2), from: 0), after: 4)
    #expect(sink.written == [3, 4, 5, 6, 1, 0, 2])
    #expect(sink.isFinished)
  }

  // MARK: - A full disk

  @Test
  func `while the disk is full, images are kept and nothing is handed out`() throws {
    try turn((.ask, from: 1), (.ask, from: 2))
    sink.trouble = RecordingSink.diskFull
    try turn((image(0), from: 1), (image(3), from: 2), (.ask, from: 1), after: 1)
    try turn((image(1), from: 1), after: 10)
    #expect(sink.written.isEmpty && postbox.grants.count == 2)
    #expect(transcript.status?.state == .waiting && transcript.status?.held == 3)
    #expect(
      transcript.text == """
        waiting: cannot write /full/images: No space left on device; make room there or choose \
        another folder; no more images are started, finished ones are kept in memory, and writing \
        is retried for 1 min

        """)
    sink.trouble = nil
    try turn(after: 11)
    try turn(after: 30)
    #expect(sink.written == [0, 3, 1])
    #expect(transcript.text.hasSuffix("writing works again; the job continues\n"))
    #expect(postbox.grants.count == 3)
  }

  @Test
  func `a disk that stays full ends the job as incomplete`() throws {
    try turn((.ask, from: 1))
    sink.trouble = RecordingSink.diskFull
    for second in 0...70 { try turn((image(0), from: 1), after: Double(second)) }
    #expect(postbox.stops[0] == .incomplete)
    #expect(
      transcript.text.contains("; 0 of 7 images saved. Run the same command to continue."))
    #expect(transcript.status?.state == .incomplete && transcript.status?.lastError != nil)
  }

  /// Finishes the most recently granted images, as rank 0.
  private func makeLast(_ count: Int) throws {
    for indices in postbox.grants.suffix(count).map(\.indices) {
      for index in indices { try turn((image(index), from: 0)) }
    }
  }

  @Test
  func `images that turn out to be damaged are handed out and written again`() throws {
    sink.damages = [[2, 5]]
    try turn((.ask, from: 0), (.ask, from: 0), (.ask, from: 0))
    try makeLast(3)
    #expect(!sink.isFinished && postbox.stops.isEmpty)
    #expect(transcript.text == "2 damaged images are generated again, the first of them image 2\n")
    #expect(transcript.status?.done == 5)
    try turn((.ask, from: 0))
    #expect(postbox.grants.last?.indices == [2, 5])
    try makeLast(1)
    #expect(sink.isFinished && postbox.stops[1] == .success)
    #expect(sink.written.count == 9 && transcript.status?.done == 7)
  }

  @Test
  func `an image that is damaged after every write ends the job with an error`() throws {
    sink.damages = Array(repeating: [6], count: 10)
    try turn((.ask, from: 0), (.ask, from: 0), (.ask, from: 0))
    try makeLast(3)
    for _ in 0..<3 {
      #expect(postbox.stops.isEmpty)
      try turn((.ask, from: 0))
      try makeLast(1)
    }
    #expect(postbox.stops[1] == .cannotWrite && !sink.isFinished)
    #expect(transcript.text.contains("error: image 6 was written 4 times"))
  }

  @Test
  func `damage that is found while a job drains is left to the next job`() throws {
    sink.damages = [[3]]
    try turn((.ask, from: 0), (.ask, from: 0), (.ask, from: 0))
    try turn((.interrupted(.drain), from: 0))
    try makeLast(3)
    try turn(after: 1)
    #expect(postbox.stops[1] == .incomplete)
    #expect(transcript.status?.done == 6)
  }

  @Test(arguments: [true, false])
  func `the last files can also wait for disk space, or fail`(passes: Bool) throws {
    sink.failsToFinish = true
    sink.trouble = passes ? RecordingSink.diskFull : RecordingSink.Broken()
    try turn((.ask, from: 0), (.ask, from: 0), (.ask, from: 0))
    for index in 0..<7 { try turn((image(index), from: 0)) }
    #expect(sink.written.count == 7 && !sink.isFinished)
    #expect(postbox.stops[1] == (passes ? nil : .cannotWrite))
    guard passes else { return }
    sink.trouble = nil
    try turn(after: 5)
    try turn(after: 6)
    #expect(sink.isFinished && postbox.stops[1] == .success)
  }
}
