/// Passes predictions on from another denoiser, and keeps what some images look like along the way.
///
/// The solver cannot tell the difference, so recorded images are the same as others.
package final class RecordingDenoiser: Denoiser {
  /// An evaluation of one image. Every batch holds this image only.
  package struct Moment {
    package let node: Node
    /// xₜ.
    package let x: Latents
    /// x̂₀ before the classifier's guidance.
    package let x0: Latents
    /// The classifier's gradient with respect to xₜ, times the guidance scale, or `nil` where no
    /// classifier acts.
    package let gradient: Latents?
  }

  private let denoiser: any Denoiser
  private let images: [Int]
  private let evaluations: Set<Int>
  private var evaluationsDone = 0
  /// The moments of each recorded image, by its place in the batch, in the order of the evaluations.
  package private(set) var moments: [Int: [Moment]] = [:]

  /// - Parameters:
  ///   - images: the places in the batch of the images to record.
  ///   - evaluations: the evaluations to record, counted from 0.
  package init(_ denoiser: any Denoiser, images: [Int], evaluations: Set<Int>) {
    self.denoiser = denoiser
    self.images = images
    self.evaluations = evaluations
  }

  package func predict(_ x: Latents, at node: Node) throws -> Prediction {
    let prediction = try denoiser.predict(x, at: node)
    defer { evaluationsDone += 1 }
    guard evaluations.contains(evaluationsDone) else { return prediction }
    for image in images {
      let gradient = prediction.gradient.map { rows in
        Latents(UnsafeBufferPointer(start: rows[image], count: x.shape.count), x.shape)
      }
      moments[image, default: []].append(
        Moment(
          node: node, x: Latents(x, image: image), x0: Latents(prediction.unguidedX0, image: image),
          gradient: gradient))
    }
    return prediction
  }
}

extension Latents {
  /// Creates a batch of one image with the given elements, [C, H, W].
  fileprivate convenience init(_ values: some Collection<Float>, _ shape: Shape) {
    self.init(zeros: 1, shape)
    _ = elements.update(from: values)
  }

  /// Creates a batch of one image of another batch.
  package convenience init(_ batch: Latents, image: Int) {
    self.init(batch[image], batch.shape)
  }
}
