import Foundation
import Job
import Messaging
import Testing
import Worker

@Suite struct BatchWorkerTests {
  /// Makes empty images, and reports only the steps that the test lets through.
  struct SteppedMaker: ImageMaker {
    let mayStep: DispatchSemaphore

    func make(_ requests: [ImageRequest], report: (StepReport) -> Void) -> [FinishedImage] {
      for step in 1...10 {
        mayStep.wait()
        report(StepReport(step: step, of: 10))
      }
      mayStep.wait()
      return requests.map { FinishedImage(index: $0.index, png: []) }
    }
  }

  private func request(_ index: Int) -> ImageRequest {
    ImageRequest(index: index, label: nil, seed: 0)
  }

  /// Turns the loop until the messages sent say that `condition` holds.
  private func turn(
    _ worker: BatchWorker, _ postbox: FakePostbox, until condition: ([Message]) -> Bool
  ) async throws {
    while !condition(postbox.sent.map(\.message)) {
      _ = try worker.turn(at: .now)
      try await Task.sleep(for: .milliseconds(1))
    }
  }

  @Test("a worker asks when it is ready, and again when its batch is nearly done")
  func askAhead() async throws {
    let postbox = FakePostbox(rankCount: 1)
    let mayStep = DispatchSemaphore(value: 0)
    let worker = BatchWorker(
      postbox: postbox, interrupted: { false },
      makeImageMaker: { _ in SteppedMaker(mayStep: mayStep) })
    try await turn(worker, postbox) { $0 == [.ask] }

    postbox.arrive(.grant([request(0), request(1)]), from: 0)
    for _ in 1...8 { mayStep.signal() }
    try await turn(worker, postbox) { $0.count > 1 }
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

  @Test("what an image maker has to say while it is made is passed on")
  func note() async throws {
    let postbox = FakePostbox(rankCount: 1)
    let worker = BatchWorker(
      postbox: postbox, interrupted: { false },
      makeImageMaker: { note in
        note("packing")
        return SteppedMaker(mayStep: DispatchSemaphore(value: 0))
      })
    try await turn(worker, postbox) { $0 == [.note("packing"), .ask] }
    postbox.arrive(.stop(.success), from: 0)
    _ = try worker.turn(at: .now)
  }

  @Test("an image maker that cannot be created is a failure with its own status")
  func factory() async throws {
    let postbox = FakePostbox(rankCount: 1)
    let failure = Failure("model.pt: no such file", status: .cannotRead)
    let worker = BatchWorker(
      postbox: postbox, interrupted: { false }, makeImageMaker: { _ in throw failure })
    try await turn(worker, postbox) { $0 == [.failed(failure)] }
  }

  @Test("a signal is passed on once")
  func interrupt() throws {
    let postbox = FakePostbox(rankCount: 1)
    let worker = BatchWorker(
      postbox: postbox, interrupted: { true },
      makeImageMaker: { _ in SteppedMaker(mayStep: DispatchSemaphore(value: 0)) })
    for _ in 1...3 { _ = try worker.turn(at: .now) }
    #expect(postbox.sent.filter { $0.message == .interrupted }.count == 1)
    postbox.arrive(.stop(.success), from: 0)
    _ = try worker.turn(at: .now)
  }
}
