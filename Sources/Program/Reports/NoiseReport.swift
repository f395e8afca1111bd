import Arguments
import Diffusion
import Foundation
import Job
import Machine
import Model
import Output
import Wording
import Worker

/// The forward process on an image, for `noise`: what a model is trained to undo.
///
/// It draws xₜ = α·x₀ + σ·ε at several timesteps, and below it the x̂₀ that the model predicts from
/// it with a single evaluation, if the image has the size of the model.
package struct NoiseReport {
  /// The settings of the command.
  package struct Request: Sendable {
    package var image: String
    package var networks: JobRequest.Networks
    /// A list of timesteps, or `nil` for five that are spread evenly.
    package var timesteps: String?
    /// The label of the image, or `nil` for the one in its PNG text.
    package var label: String?
    package var seed: UInt32 = 0
    package var out = "noise.png"
    package var threads: Int

    package init(image: String, networks: JobRequest.Networks, threads: Int? = nil) {
      self.image = image
      self.networks = networks
      self.threads = threads ?? ProcessorShare.all(of: [.current])[0].threads
    }
  }

  /// A noise level and the result of the process there.
  struct Level {
    let node: Node
    let noised: Latents
    let deviation: Double
    /// x̂₀ as the model predicts it from `noised`, and its root mean square error in [−1, 1].
    let predicted: (image: Latents, error: Double)?
  }

  private let request: Request
  private let levels: [Level]
  private let original: RGBImage
  /// The reason why nothing was predicted.
  private let notPredicted: String?

  /// The largest number of timesteps that fit in a picture.
  private static let mostLevels = 50
  /// The keyword of the text in pictures of this command, which may be replaced.
  private static let keyword = "diffuse-mpi noise"

  /// - Throws: a `Failure`.
  package init(_ request: Request) throws {
    do {
      try self.init(reading: request)
    } catch {
      throw Failure(explaining: error)
    }
  }

  private init(reading request: Request) throws {
    self.request = request
    let (image, texts) = try InputPicture.read(request.image)
    let model = try ModelChoice(request.networks)
    guard model.description.diffusion.preconditioning == nil else {
      throw Failure(
        "\(request.networks.model): this model was trained on continuous noise levels and has no"
          + " timesteps to show; choose another --model", status: .usage)
    }
    let schedule = try TrainedSchedule(model.description.diffusion)
    let timesteps = try Self.timesteps(request.timesteps, of: schedule)
    let x0 = Latents(pixels: image)
    let noise = try NoiseSource.start(seeds: [UInt64(request.seed)], shape: x0.shape).x
    original = image
    let predictor = try Self.predictor(model, image, texts, request)
    notPredicted = predictor.reason
    levels = try timesteps.map { timestep in
      let node = schedule.node(at: Double(timestep))
      let noised = x0.noised(at: node, with: noise)
      let predicted = try predictor.denoiser?.predict(noised, at: node).x0
      return Level(
        node: node, noised: noised, deviation: noised.standardDeviation,
        predicted: predicted.map { (Latents($0, image: 0), $0.rootMeanSquare(from: x0)) })
    }
  }

  private static func timesteps(_ text: String?, of schedule: TrainedSchedule) throws -> [Int] {
    let last = schedule.alphaBar.count - 1
    guard let text else { return [0, last / 4, last / 2, 3 * last / 4, last] }
    let list = try NumberRanges(parsing: text, named: "--at", limit: last)
    guard list.count <= mostLevels else {
      throw Failure(
        "--at: \(list.count) timesteps do not fit in a picture; give at most \(mostLevels)",
        status: .usage)
    }
    return (0..<list.count).map { list[$0] }
  }

  // MARK: - The prediction

  /// Returns the model as a denoiser of one image, or the reason why it cannot predict this one.
  private static func predictor(
    _ model: ModelChoice, _ image: RGBImage, _ texts: [(String, String)], _ request: Request
  ) throws -> (denoiser: GuidedDenoiser?, reason: String?) {
    let network = model.description.network
    let (shape, classCount) = (network.imageShape, network.classCount)
    guard model.description.latentSpace == nil else {
      return (nil, "the model works on latents, not on images")
    }
    let side = shape.width
    guard image.width == side, image.height == side else {
      return (
        nil, "the image has \(image.width)×\(image.height) pixels, the model \(side)×\(side)"
      )
    }
    let given = request.label ?? texts.first { $0.0 == "label" }?.1
    guard classCount == nil || given != nil else {
      return (nil, "the model needs the class of the image; name it with --label")
    }
    let label = try classCount.map {
      try Self.label(given ?? "", count: $0, names: model.classNames)
    }
    let weights = try network.network(in: model.file, prefix: model.description.prefix)
    let prepared = try PreparedNetwork(threads: request.threads) {
      weights.describe(in: $0, batch: 1, type: .f32)
    }
    return (
      GuidedDenoiser(
        prepared, configuration: model.description.diffusion, clipsDenoised: true,
        conditioning: Conditioning(labels: [Label(label)]),
        shape: shape), nil
    )
  }

  private static func label(_ text: String, count: Int, names: [String]?) throws -> Int {
    let classes = ClassList(count: count, names: names.map(ClassNames.init))
    let labels = try classes.labels(parsing: text, option: "--label")
    guard labels.count == 1 else {
      throw Failure("--label: '\(text.printable)' is not one class", status: .usage)
    }
    return labels[0]
  }

  // MARK: - The results

  /// A table of the noise levels.
  package var text: String {
    let head =
      "   t      ᾱ     √ᾱ  √(1−ᾱ)      σ̂  std of xₜ" + (hasPredictions ? "  error of x̂₀" : "")
    let lines = levels.map { level in
      let node = level.node
      let error = level.predicted.map { String(format: "  %11.3f", $0.error) } ?? ""
      return String(
        format: "%4.0f  %5.3f  %5.3f  %6.3f  %6.3g  %9.3f", node.index, node.alphaBar, node.alpha,
        node.sigma, node.sigmaHat, level.deviation) + error
    }
    let note = notPredicted.map { ["", "no prediction: \($0)"] } ?? []
    return ([head] + lines + note).joined(separator: "\n")
  }

  private var hasPredictions: Bool { levels.contains { $0.predicted != nil } }

  /// The picture: xₜ at each level, below it x̂₀.
  package var picture: RGBImage {
    let columns = levels.map { level in
      [
        "t = \(Int(level.node.index))", String(format: "σ̂ %.3g", level.node.sigmaHat),
        String(format: "std %.3f", level.deviation),
      ]
    }
    var rows = [
      LabelledGrid.Row(title: "image", images: [original]),
      LabelledGrid.Row(title: "xt", images: levels.map { $0.noised.pictures[0] }),
    ]
    if hasPredictions {
      rows.append(
        LabelledGrid.Row(
          title: "x0 predicted", images: levels.map { $0.predicted?.image.pictures[0] }))
    }
    return LabelledGrid(columns: columns, rows: rows).draw()
  }

  /// Writes the picture as a PNG file. Replaces only pictures of this command.
  ///
  /// - Throws: a `Failure`.
  package func write() throws {
    do {
      try MarkedPicture.write(
        picture, keyword: Self.keyword, text: request.image, to: request.out)
    } catch {
      throw Failure(explaining: error, otherwise: .cannotWrite)
    }
  }
}

extension Latents {
  fileprivate func rootMeanSquare(from other: Latents) -> Double {
    let squares = zip(elements, other.elements).reduce(0.0) {
      $0 + Double($1.0 - $1.1) * Double($1.0 - $1.1)
    }
    return (squares / Double(elements.count)).squareRoot()
  }
}
