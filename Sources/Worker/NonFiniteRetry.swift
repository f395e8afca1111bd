import Diffusion
import Job

/// Generates a batch, and generates images that are not finite a second time. Memory and processors
/// fail occasionally, but bad weights fail every time.
struct NonFiniteRetry {
  let maker: any ImageMaker
  /// Called for each image that is finished, tried again or given up.
  let tell: (ComputeEvent) -> Void

  /// Finishes the images of `batch`, or gives them up.
  func make(_ batch: [ImageRequest], report: (StepReport) -> Void) throws {
    let first = try answer(to: batch, report: report)
    let again = batch.filter { first[$0.index] != nil }
    guard !again.isEmpty else { return }
    for request in again {
      tell(.warning("\(text(request, first)); it is tried once more"))
    }
    let second = try answer(to: again, report: report)
    for request in again {
      guard let fault = second[request.index] else { continue }
      tell(
        .givenUp(
          index: request.index,
          reason: "\(text(request, second)) once more, so it is given up: \(fault.likelyCauses)"))
    }
  }

  private func text(_ request: ImageRequest, _ faults: [Int: NotFinite]) -> String {
    let label = request.label.map { "label \($0), " } ?? ""
    let fault = faults[request.index].map { "\($0)" } ?? ""
    return "image \(request.index) (\(label)seed \(request.seed)) is \(fault)"
  }

  /// Generates images and checks that every request has an answer. If one were missing, the
  /// coordinator would wait forever.
  private func answer(
    to batch: [ImageRequest], report: (StepReport) -> Void
  ) throws -> [Int: NotFinite] {
    var finished: [Int] = []
    let notFinite = try maker.make(batch, report: report) { image in
      finished.append(image.index)
      tell(.finished(image))
    }
    let indices = finished + notFinite.keys
    guard indices.sorted() == batch.map(\.index).sorted() else {
      throw Failure(
        "a batch of \(batch.count) images gave images \(indices.sorted()); "
          + "this is a fault in the program, please report it",
        status: .internalError)
    }
    return notFinite
  }
}
