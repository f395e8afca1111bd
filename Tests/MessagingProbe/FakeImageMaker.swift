import Diffusion
import Foundation
import Job
import TestSupport
import Worker

/// Makes bytes that depend only on label and seed, at a random pace. Fails on request.
final class FakeImageMaker: ImageMaker {
  private let options: ProbeOptions
  private let fault: ProbeOptions.Fault?
  private var generator: SeededGenerator

  init(_ options: ProbeOptions, rank: Int) throws {
    self.options = options
    generator = SeededGenerator(seed: options.seed &+ UInt64(rank))
    fault = options.faultyRanks.contains(rank) ? options.fault : nil
    if fault == .factory {
      throw Failure("/nowhere/model.pt: no such file", status: .cannotRead)
    }
  }

  func make(
    _ requests: [ImageRequest], report: (StepReport) -> Void,
    finish: (FinishedImage) throws -> Void
  ) throws -> [Int: NotFinite] {
    if let gate = options.gate, requests.contains(where: { $0.index >= 20 }) {
      while !FileManager.default.fileExists(atPath: gate.path) {
        Thread.sleep(forTimeInterval: 0.01)
      }
    }
    for step in 1...options.steps {
      Thread.sleep(forTimeInterval: .random(in: 0...1, using: &generator) * options.delay)
      report(StepReport(step: step, of: options.steps))
    }
    if fault == .make { throw Failure("the weights are not numbers", status: .badData) }
    let answered = fault == .missingImage ? requests.dropLast() : requests[...]
    for request in answered.shuffled(using: &generator) {
      try finish(FinishedImage(index: request.index, png: bytes(of: request)))
    }
    return [:]
  }

  /// Returns bytes of random length from a linear congruential generator. Some images are far
  /// larger than MPI's eager limit.
  private func bytes(of request: ImageRequest) -> [UInt8] {
    var state = UInt64(request.seed) << 32 | UInt64(request.label ?? 0xFFFF)
    func next() -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return state >> 33
    }
    return (0..<(next() % UInt64(options.imageSize) + 1)).map { _ in
      UInt8(truncatingIfNeeded: next())
    }
  }
}
