import Diffusion
import Job

/// Makes a batch, and once more what was not finite in it: memory and processors err now and then,
/// weights always.
struct SecondTry {
  let maker: any ImageMaker
  /// Told of each image that is tried once more, and of each that is given up.
  let tell: (ComputeEvent) -> Void

  /// The finished images of `batch`; the others were given up.
  func make(_ batch: [ImageRequest], report: (StepReport) -> Void) throws -> [FinishedImage] {
    let first = try answer(to: batch, report: report)
    let again = batch.filter { first.notFinite[$0.index] != nil }
    guard !again.isEmpty else { return first.finished }
    for request in again {
      tell(.warning("\(text(request, first)); it is tried once more"))
    }
    let second = try answer(to: again, report: report)
    for request in again where second.notFinite[request.index] != nil {
      tell(
        .givenUp(
          index: request.index,
          reason: "\(text(request, second)) once more, so it is given up: "
            + NotFinite.likelyCauses))
    }
    return first.finished + second.finished
  }

  private func text(_ request: ImageRequest, _ made: MadeImages) -> String {
    let label = request.label.map { "label \($0), " } ?? ""
    let fault = made.notFinite[request.index].map { "\($0)" } ?? ""
    return "image \(request.index) (\(label)seed \(request.seed)) is \(fault)"
  }

  /// An image too few would leave the coordinator waiting for ever.
  private func answer(
    to batch: [ImageRequest], report: (StepReport) -> Void
  ) throws -> MadeImages {
    let made = try maker.make(batch, report: report)
    let indices = made.finished.map(\.index) + made.notFinite.keys
    guard indices.sorted() == batch.map(\.index).sorted() else {
      throw Failure(
        "a batch of \(batch.count) images gave images \(indices.sorted()); "
          + "this is a fault in the program, please report it",
        status: .internalError)
    }
    return made
  }
}
