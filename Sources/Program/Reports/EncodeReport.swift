import Diffusion
import Files
import Foundation
import Job
import Machine
import Model
import Output
import Wording
import Worker

/// The latents of images, for `encode`: what a diffusion model works on, and what its first stage
/// makes of them again.
package struct EncodeReport {
  /// The settings of the command.
  package struct Request: Sendable {
    /// PNG files of one size.
    package var images: [String]
    /// A checkpoint with a first stage, a folder of diffusers, or the name of a bundled model.
    package var firstStage: String
    /// The settings of a latent diffusion model with this first stage, a .yaml file.
    package var config: String?
    /// The factor of the latents, or `nil` for that of the file.
    package var scale: Double?
    /// The folder of the files.
    package var out: String
    package var threads: Int

    package init(images: [String], firstStage: String, out: String, threads: Int? = nil) {
      self.images = images
      self.firstStage = firstStage
      self.out = out
      self.threads = threads ?? ProcessorShare.all(of: [.current])[0].threads
    }
  }

  /// An image and what the first stage makes of it.
  struct Pair {
    let name: String
    let original: RGBImage
    let reconstruction: RGBImage
    /// The peak signal-to-noise ratio of the reconstruction in dB. Infinite if they are equal.
    let ratio: Double
  }

  /// [N, C, h, w], as a diffusion model takes them.
  let latents: [Float]
  let shape: [Int]
  /// The images on the sheet.
  let pairs: [Pair]
  private let request: Request
  private let ratios: [Double]
  private let scaling: LatentScaling
  private let note: String?

  private static let (latentsName, sheetName) = ("latents.npy", "reconstruction.png")
  /// The keyword of the text in pictures of this command, which may be replaced.
  private static let keyword = "diffuse-mpi encode"
  /// The largest number of images on the sheet.
  private static let mostPairs = 16

  /// Encodes and decodes all images. Writes nothing.
  ///
  /// - Throws: a `Failure`.
  package init(_ request: Request) throws {
    do {
      try self.init(encoding: request)
    } catch {
      throw Failure(explaining: error)
    }
  }

  private init(encoding request: Request) throws {
    self.request = request
    let config = try request.config.map { try LatentConfigFile($0) }
    let stage = try FirstStageFile(option: request.firstStage, stated: config?.firstStage)
    (scaling, note) = stage.scaling(chosen: request.scale)
    let first = try InputPicture.read(request.images[0]).image
    let coder = try FirstStageCoder(
      stage, scaling: scaling, width: first.width, height: first.height, threads: request.threads,
      describing: request.images[0])
    var (latents, pairs, ratios): ([Float], [Pair], [Double]) = ([], [], [])
    let display = ReadingProgress(total: request.images.count, "images", "encoded")
    defer { display.end() }
    for (number, path) in request.images.enumerated() {
      let image = number == 0 ? first : try InputPicture.read(path).image
      guard image.width == first.width, image.height == first.height else {
        throw Failure(
          "\(path.printable) has \(image.width)×\(image.height) pixels, but"
            + " \(request.images[0].printable) has \(first.width)×\(first.height): encode images of"
            + " one size at a time", status: .badData)
      }
      let (latent, reconstruction) = try coder.encoded(image)
      latents += latent
      ratios.append(image.peakRatio(to: reconstruction))
      if pairs.count < Self.mostPairs {
        pairs.append(
          Pair(
            name: FilePlace(path).name, original: image, reconstruction: reconstruction,
            ratio: ratios[number]))
      }
      display.show(number + 1)
    }
    (self.latents, self.pairs, self.ratios) = (latents, pairs, ratios)
    let one = coder.latentShape
    shape = [request.images.count, one.channels, one.height, one.width]
  }

  // MARK: - The results

  /// What was written, for the user.
  package var text: String {
    let finite = ratios.filter(\.isFinite)
    let mean = finite.reduce(0, +) / Double(max(finite.count, 1))
    var rows = [
      (
        "images",
        "\(counted(ratios.count, "image", isGrouped: true)), "
          + "\(pairs[0].original.width)×\(pairs[0].original.height) pixels"
      ),
      ("latents", "\(path(Self.latentsName).printable): float32 \(shape)"),
      ("scale", scaleText),
      ("reconstruction", "\(path(Self.sheetName).printable): \(sheetText)"),
    ]
    if !finite.isEmpty {
      rows.append(("mean PSNR", String(format: "%.2f dB", mean)))
    }
    return ([TextTable(rows, width: 16).text] + (note.map { ["", "note: \($0)"] } ?? []))
      .joined(separator: "\n")
  }

  private var scaleText: String {
    let statistics = scaling.mean != nil || scaling.deviation != nil
    return "\(scaling.factor)" + (statistics ? ", and the statistics of each channel" : "")
  }

  private var sheetText: String {
    pairs.count == ratios.count
      ? "all images" : "the first \(pairs.count) of \(ratios.count.grouped) images"
  }

  private func path(_ name: String) -> String {
    request.out == "." ? name : "\(request.out)/\(name)"
  }

  /// The sheet: each image above its reconstruction.
  package var sheet: RGBImage {
    LabelledGrid(
      columns: pairs.map {
        [$0.name, $0.ratio.isFinite ? String(format: "%.1f dB PSNR", $0.ratio) : "equal"]
      },
      rows: [
        .init(title: "image", images: pairs.map(\.original)),
        .init(title: "reconstruction", images: pairs.map(\.reconstruction)),
      ]
    ).draw()
  }

  /// Writes the latents and the sheet. Replaces only files of this command.
  ///
  /// - Throws: a `Failure`.
  package func write() throws {
    do {
      try checkPlaces()
      try makeFolder()
      try LatentsFile.write(latents, shape: shape, folder: request.out, name: Self.latentsName)
      try MarkedPicture.write(
        sheet, keyword: Self.keyword, text: request.firstStage, to: path(Self.sheetName))
    } catch {
      throw Failure(explaining: error, otherwise: .cannotWrite)
    }
  }

  private func makeFolder() throws(OutputError) {
    do {
      try Folders.make(request.out, permissions: 0o777)
    } catch {
      throw .system(action: "create the folder", path: error.path, code: error.error.code)
    }
  }

  /// Latents have no mark. They may be replaced if the sheet beside them is of this command.
  private func checkPlaces() throws {
    try MarkedPicture.check(path(Self.sheetName), keyword: Self.keyword)
    guard FileKind.at(path(Self.latentsName)) == nil || FileKind.at(path(Self.sheetName)) != nil
    else { throw OutputError.foreignFile(path: path(Self.latentsName)) }
  }
}

extension RGBImage {
  /// The peak signal-to-noise ratio between two images of one size, in dB. Infinite if they are equal.
  func peakRatio(to other: RGBImage) -> Double {
    let squares = zip(pixels, other.pixels).reduce(0) { sum, bytes in
      let difference = Int(bytes.0) - Int(bytes.1)
      return sum + difference * difference
    }
    return 10 * log10(255 * 255 * Double(pixels.count) / Double(squares))
  }
}
