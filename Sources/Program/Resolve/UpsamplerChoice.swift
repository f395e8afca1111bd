import Cache
import Diffusion
import Job
import Model
import Output
import Recipe

/// The stages of a job that enlarge images.
struct UpsamplerChoice {
  private(set) var choices: [StageChoice] = []

  /// The images that the first upsampler enlarges.
  enum Source {
    /// Those of the base stage.
    case stage(Stage)
    case samples(SampleCollection)
  }

  /// - Throws: a `Failure` that names the upsampler's options.
  init(_ requests: [JobRequest.Upsampler], enlarging source: Source, _ hashes: FileHashes) throws {
    var side = source.side
    let input = try source.input
    for (index, request) in requests.enumerated() {
      let choice = try Self.naming {
        let choice = try StageChoice(
          request.networks, request.sampling, input: index == 0 ? input : .images, hashes)
        try choice.checkSize(
          enlarging: side, of: index == 0 ? source.words : "the upsampler before")
        return choice
      }
      try choice.checkClasses(source)
      side = choice.stage.imageSide
      choices.append(choice)
    }
  }

  /// Names the upsampler's options in errors instead of the model's.
  private static func naming<Result>(_ body: () throws -> Result) throws -> Result {
    do {
      return try body()
    } catch {
      let failure = Failure(explaining: error)
      throw Failure(OptionNames.ofUpsampler(failure.message), status: failure.status)
    }
  }
}

extension UpsamplerChoice.Source {
  fileprivate var side: Int {
    switch self {
    case .stage(let stage): stage.imageSide
    case .samples(let samples): samples.width
    }
  }

  fileprivate var input: Stage.Input {
    get throws {
      switch self {
      case .stage: .images
      case .samples(let samples):
        .samples(
          SamplesSource(
            path: samples.path, sha256: try samples.fingerprint(), side: samples.width))
      }
    }
  }

  fileprivate var words: String {
    switch self {
    case .stage: "the model"
    case .samples: "--base-samples"
    }
  }
}

extension StageChoice {
  /// - Parameter words: what makes or holds the images, in words.
  fileprivate func checkSize(enlarging side: Int, of words: String) throws(Failure) {
    let (name, large) = (stage.denoiser.fileName, stage.shape.width)
    if let small = model.description.smallSize, small != side {
      throw Failure(
        "\(name) enlarges images of \(small)×\(small) pixels, but those of \(words) have "
          + "\(side)×\(side)", status: .badData)
    }
    guard large > side, large.isMultiple(of: side) else {
      throw Failure(
        "\(name) makes images of \(large)×\(large) pixels, which is not a multiple of "
          + "\(side)×\(side), the size of the images of \(words)", status: .badData)
    }
  }

  fileprivate func checkClasses(_ source: UpsamplerChoice.Source) throws(Failure) {
    guard case .stage(let base) = source, let count = stage.classCount else { return }
    let name = stage.denoiser.fileName
    guard let known = base.classCount else {
      throw Failure(
        "\(name) needs the class of every image, but the model has no classes: use an upsampler "
          + "without classes, or guide the model with a classifier", status: .badData)
    }
    guard known == count else {
      throw Failure("\(name) has \(count) classes, the model \(known)", status: .badData)
    }
  }
}
