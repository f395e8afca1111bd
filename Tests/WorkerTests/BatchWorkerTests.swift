import Diffusion
import Foundation
import Job
import Messaging
import TestSupport
import Testing
import Worker

@Suite struct BatchWorkerTests {
  /// Makes empty images, and reports a step whenever the test allows it.
  struct SteppedMaker: ImageMaker {
    let mayStep: DispatchSemaphore

    func make(
      _ requests: [ImageRequest], report: (StepReport) -> Void,
      finish: (FinishedImage) throws -> Void
    ) throws -> [Int: NotFinite] {
      for step in 1...10 {
        mayStep.wait()
        report(StepReport(step: step, of: 10))
      }
      mayStep.wait()
      for request in requests { try finish(FinishedImage(index: request.index, png: [])) }
      return [:]
    }
  }

  private func request(_ index: Int) -> ImageRequest {
    ImageRequest(index: index, label: nil, seed: 0)
  }

  /// Turns the loop until `condition` holds for the sent messages.
  private func turn(
    _ worker: BatchWorker, _ postbox: FakePostbox, until condition: ([Message]) -> Bool
  ) async throws {
    while !condition(postbox.said) {
      _ = try worker.turn(at: .now)
      try await Task.sleep(for: .milliseconds(1))
    }
  }

  @Test
  func `a worker asks for work when it is ready, and again when its batch is nearly done`()
    async throws
  {
    let postbox = FakePostbox(rankCount: 1)
    let mayStep = DispatchSemaphore(value: 0)
    let worker = BatchWorker(
      postbox: postbox, interrupt: { nil },
      makeImageMaker: { _ in SteppedMaker(mayStep: mayStep) })
    try await turn(worker, postbox) { $0 == [.ask] }

    postbox.arrive(.grant([request(0), request(1)]), from: 0)
    for _ in 1...8 { mayStep.signal() }
    while postbox.beats.last?.report?.step != 8 {
      _ = try worker.turn(at: .now)
      try await Task.sleep(for: .milliseconds(1))
    }
    #expect(postbox.sent.filter { $0.message == .ask }.count == 1)

    mayStep.signal()
    try await turn(worker, postbox) { $0.filter { $0 == .ask }.count == 2 }
    #expect(!postbox.sent.contains { $0.message == .finished(FinishedImage(index: 0, png: [])) })

    postbox.arrive(.grant([request(2)]), from: 0)
    for _ in 1...2 { mayStep.signal() }
    try await turn(worker, postbox) {
      $0.contains(.finished(FinishedImage(index: 1, png: [])))
    }
    #expect(postbox.sent.filter { $0.message == .ask }.count == 2)

    postbox.arrive(.stop(.incomplete), from: 0)
    try await turn(worker, postbox) { $0.last == .goodbye }
    #expect(worker.outcome == .incomplete)
    for _ in 1...11 { mayStep.signal() }
  }

  @Test
  func `messages from the creation of an image maker are passed on`() async throws {
    let postbox = FakePostbox(rankCount: 1)
    let worker = BatchWorker(
      postbox: postbox, interrupt: { nil },
      makeImageMaker: { note in
        note("packing")
        return SteppedMaker(mayStep: DispatchSemaphore(value: 0))
      })
    try await turn(worker, postbox) { $0 == [.note("packing"), .ask] }
    postbox.arrive(.stop(.success), from: 0)
    _ = try worker.turn(at: .now)
  }

  @Test
  func `an image maker that cannot be created is a failure with its own status`() async throws {
    let postbox = FakePostbox(rankCount: 1)
    let failure = Failure("model.pt: no such file", status: .cannotRead)
    let worker = BatchWorker(
      postbox: postbox, interrupt: { nil }, makeImageMaker: { _ in throw failure })
    try await turn(worker, postbox) { $0 == [.failed(failure)] }
  }

  @Test
  func `a signal is passed on once, and so is a stronger one that follows`() throws {
    var latest = Interrupt.drain
    let postbox = FakePostbox(rankCount: 1)
    let worker = BatchWorker(
      postbox: postbox, interrupt: { latest },
      makeImageMaker: { _ in SteppedMaker(mayStep: DispatchSemaphore(value: 0)) })
    for _ in 1...3 { _ = try worker.turn(at: .now) }
    #expect(postbox.interrupts == [.drain])
    latest = .stop
    for _ in 1...3 { _ = try worker.turn(at: .now) }
    #expect(postbox.interrupts == [.drain, .stop])
    postbox.arrive(.stop(.success), from: 0)
    _ = try worker.turn(at: .now)
  }

  /// Fails to make the images of some seeds, a given number of times each.
  final class FaultyMaker: ImageMaker {
    private var faults: [UInt32: Int]

    init(faults: [UInt32: Int]) { self.faults = faults }

    func make(
      _ requests: [ImageRequest], report: (StepReport) -> Void,
      finish: (FinishedImage) throws -> Void
    ) throws -> [Int: NotFinite] {
      var notFinite: [Int: NotFinite] = [:]
      for request in requests {
        if let left = faults[request.seed], left > 0 {
          faults[request.seed] = left - 1
          notFinite[request.index] = NotFinite(stepsDone: 3, steps: 25, timestep: 880)
        } else {
          try finish(FinishedImage(index: request.index, png: [UInt8(requests.count)]))
        }
      }
      return notFinite
    }
  }

  @Test
  func `images that are not finite are retried once, together, and then given up`() async throws {
    let postbox = FakePostbox(rankCount: 1)
    let worker = BatchWorker(
      postbox: postbox, interrupt: { nil },
      makeImageMaker: { _ in FaultyMaker(faults: [11: 1, 12: 2]) })
    try await turn(worker, postbox) { $0 == [.ask] }
    postbox.arrive(
      .grant((0..<4).map { ImageRequest(index: $0, label: 3, seed: UInt32($0 + 10)) }), from: 0)
    try await turn(worker, postbox) { $0.filter { $0 == .ask }.count == 2 }
    let fault = "is not finite after step 3 of 25 (timestep 880)"
    let reason =
      "image 2 (label 3, seed 12) \(fault) once more, so it is given up: the checkpoint may hold "
      + "NaN or infinite weights, its flags may not be its own, or the guidance scale is too large"
    #expect(
      postbox.said.filter { $0 != .ask } == [
        .finished(FinishedImage(index: 0, png: [4])),
        .finished(FinishedImage(index: 3, png: [4])),
        .warning("image 1 (label 3, seed 11) \(fault); it is tried once more"),
        .warning("image 2 (label 3, seed 12) \(fault); it is tried once more"),
        .finished(FinishedImage(index: 1, png: [2])),
        .givenUp(index: 2, reason: reason),
      ])
    postbox.arrive(.stop(.success), from: 0)
    _ = try worker.turn(at: .now)
  }

  @Test
  func `a batch that gives no images is followed by the next`() async throws {
    let postbox = FakePostbox(rankCount: 1)
    let worker = BatchWorker(
      postbox: postbox, interrupt: { nil },
      makeImageMaker: { _ in FaultyMaker(faults: [0: 9]) })
    try await turn(worker, postbox) { $0 == [.ask] }
    postbox.arrive(.grant([request(0)]), from: 0)
    try await turn(worker, postbox) { $0.filter { $0 == .ask }.count == 2 }
    postbox.arrive(.grant([ImageRequest(index: 1, label: nil, seed: 1)]), from: 0)
    try await turn(worker, postbox) { $0.contains(.finished(FinishedImage(index: 1, png: [1]))) }
    #expect(!postbox.sent.contains { $0.message == .finished(FinishedImage(index: 0, png: [1])) })
    postbox.arrive(.stop(.success), from: 0)
    _ = try worker.turn(at: .now)
  }

  @Test
  func `a computing worker reports that it is alive, its progress and how it spent its time`()
    async throws
  {
    let postbox = FakePostbox(rankCount: 2, rank: 1)
    let mayStep = DispatchSemaphore(value: 0)
    let worker = BatchWorker(
      postbox: postbox, lease: Lease(.seconds(1)), interrupt: { nil },
      makeImageMaker: { _ in SteppedMaker(mayStep: mayStep) })
    postbox.arrive(.grant([request(0)]), from: 0)
    for _ in 1...3 { mayStep.signal() }
    while postbox.beats.last?.report != StepReport(step: 3, of: 10) {
      _ = try worker.turn(at: .now)
      try await Task.sleep(for: .milliseconds(1))
    }
    for _ in 1...8 { mayStep.signal() }
    try await turn(worker, postbox) { $0.contains(.finished(FinishedImage(index: 0, png: []))) }
    postbox.arrive(.stop(.success), from: 0)
    _ = try worker.turn(at: .now)
    let last = try #require(postbox.beats.last)
    #expect(last.report == nil && last.activity.network > 0 && last.activity.writing == 0)
  }

  @Test(arguments: [true, false])
  func `a worker whose coordinator is dead or silent ends as incomplete`(isKnownDead: Bool) throws {
    let postbox = FakePostbox(rankCount: 2, rank: 1)
    let worker = BatchWorker(
      postbox: postbox, lease: Lease(.seconds(1)), interrupt: { nil },
      makeImageMaker: { _ in SteppedMaker(mayStep: DispatchSemaphore(value: 0)) })
    let start = ContinuousClock.now
    for second in 0...2 { _ = try worker.turn(at: start + .seconds(second)) }
    #expect(worker.outcome == nil)
    if isKnownDead { postbox.deadRanks = [0] }
    for second in 3...4 where worker.outcome == nil {
      _ = try worker.turn(at: start + .seconds(second))
      #expect(worker.outcome == (isKnownDead || second == 4 ? .incomplete : nil))
    }
    #expect(worker.isOrphaned)
    let fate = isKnownDead ? "died" : "has been silent for 3 s"
    #expect(
      worker.lastWords
        == "error: rank 0 \(fate), so all ranks end. Run the same command to continue.")
  }

  @Test(arguments: [(1, 1), (2, 0), (3, 0)])
  func `only one worker reports the death of rank 0, even if it ends before the others look`(
    rank: Int, count: Int
  ) throws {
    let postbox = FakePostbox(rankCount: 4, rank: rank)
    let worker = BatchWorker(
      postbox: postbox, lease: Lease(.seconds(1)), interrupt: { nil },
      makeImageMaker: { _ in SteppedMaker(mayStep: DispatchSemaphore(value: 0)) })
    let start = ContinuousClock.now
    _ = try worker.turn(at: start)
    postbox.deadRanks = Set(0..<rank)
    _ = try worker.turn(at: start + .seconds(1))
    #expect(worker.isOrphaned && (worker.lastWords == nil) == (count == 0))
  }

  @Test
  func `a worker that was stopped itself does not consider its coordinator dead`() throws {
    let postbox = FakePostbox(rankCount: 2, rank: 1)
    let worker = BatchWorker(
      postbox: postbox, lease: Lease(.seconds(1)), interrupt: { nil },
      makeImageMaker: { _ in SteppedMaker(mayStep: DispatchSemaphore(value: 0)) })
    let start = ContinuousClock.now
    for second in [0, 1, 1000, 1001] { _ = try worker.turn(at: start + .seconds(second)) }
    #expect(worker.outcome == nil)
    postbox.arrive(.stop(.success), from: 0)
    _ = try worker.turn(at: start + .seconds(1002))
    #expect(worker.outcome == .success)
  }
}
