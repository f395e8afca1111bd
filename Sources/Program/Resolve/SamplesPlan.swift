import Arguments
import Job
import Output
import Wording

/// The plan of a job that enlarges images that exist: image i of the job is made from image i.
struct SamplesPlan {
  let samples: SampleCollection
  let options: PlanOptions
  /// The number of classes, or `nil` if the networks take no label.
  let classCount: Int?

  /// Returns the plan. Labels are those of the options, or else of the images. Seeds are those of the
  /// options, or else of the images if a job of this program made them, or else count from 0.
  ///
  /// - Throws: a `Failure` if there are more labels or seeds than images, or if labels are missing.
  func plan() throws -> ImagePlan {
    try requireSquareAndComplete()
    if options.choosesLabels || classCount == nil && seed(of: 0) == nil {
      var options = options
      if !options.choosesCount { options.numSamples = samples.count }
      let plan = try options.plan(classCount: classCount, classNames: nil)
      try check(count: plan.count)
      return plan
    }
    let chosen = try options.chosenSeeds
    let count = chosen?.count ?? options.numSamples ?? samples.count
    try check(count: count)
    let seeds = (0..<count).map { index in
      chosen.map { UInt32($0[index]) } ?? seed(of: index) ?? UInt32(index)
    }
    guard let classCount else {
      return ImagePlan(labels: .unconditional, seeds: NumberRanges(seeds.map(Int.init)))
    }
    let labels = try (0..<count).map { UInt32(try label(of: $0, below: classCount)) }
    return ImagePlan(
      path: samples.path, labels: PackedNumbers(labels), seeds: PackedNumbers(seeds))
  }

  /// Networks enlarge squares. Image i of the job is made from the image at position i.
  private func requireSquareAndComplete() throws(Failure) {
    guard samples.width == samples.height else {
      throw Failure(
        "the images of \(samples.path) have \(samples.width)×\(samples.height) pixels, but upsamplers "
          + "enlarge squares", status: .badData)
    }
    let missing = samples.missing
    guard missing.count == 0 else {
      throw Failure(
        "the job in \(samples.path) is incomplete: \(counted(missing.count, "image")) "
          + "(\(missing.text.shortened(to: 60))) \(missing.count == 1 ? "is" : "are") missing. Run its "
          + "command again, and enlarge the images then", status: .badData)
    }
  }

  private func seed(of position: Int) -> UInt32? { samples.seed(of: samples.indices[position]) }

  private func check(count: Int) throws(Failure) {
    guard count <= samples.count else {
      throw Failure(
        "there are \(counted(samples.count, "image")) in \(samples.path), and \(count) were asked "
          + "for: each is enlarged once; enlarge them again with other --seeds in another folder",
        status: .usage)
    }
  }

  private func label(of index: Int, below classCount: Int) throws(Failure) -> Int {
    guard let label = samples.label(of: samples.indices[index]) else {
      throw Failure(
        "\(samples.path) has no labels, but the upsampler needs the class of every image: give them "
          + "with --labels-file or --labels", status: .badData)
    }
    guard (0..<classCount).contains(label) else {
      throw Failure(
        "image \(index) of \(samples.path) has label \(label), but the upsampler has classes 0 to "
          + "\(classCount - 1)", status: .badData)
    }
    return label
  }
}
