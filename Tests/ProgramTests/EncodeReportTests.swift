import Compute
import Foundation
import Job
import Model
import Output
import Program
import TestSupport
import Testing

@Suite struct EncodeReportTests {
  private let folder: TemporaryFolder
  private let firstStage: String

  /// A first stage that halves the size, with latents of two channels.
  private static let configuration = AutoencoderConfiguration(
    kind: .kl, imageSize: 16, latentChannels: 2, stemChannels: 32, widths: [32, 32],
    residualBlocks: 1, attentionDownsamplings: [])

  init() throws {
    folder = try TemporaryFolder()
    let reader = ParameterReader(shapesOnly: ())
    _ = AutoencoderDecoder(reader, Self.configuration)
    _ = AutoencoderEncoder(reader, Self.configuration)
    var file = SafetensorsFile()
    var random = SeededGenerator(seed: 1)
    for (name, shape) in reader.expected {
      let values = (0..<shape.reduce(1, *)).map { _ in Float.random(in: -0.1...0.1, using: &random)
      }
      file.tensors[name] = .init(f32: values, shape: shape)
    }
    let url = folder.url.appending(path: "first-stage.safetensors")
    try file.write(to: url)
    firstStage = url.path
  }

  /// Writes an image, and returns its path.
  private func image(_ name: String, _ width: Int, _ height: Int) throws -> String {
    let pixels = (0..<width * height * 3).map { UInt8(truncatingIfNeeded: 7 * $0 + name.count) }
    let url = folder.url.appending(path: name)
    try RGBImage(width: width, height: height, pixels: pixels).pngData(text: []).write(to: url)
    return url.path
  }

  private func request(_ images: [String]) -> EncodeReport.Request {
    EncodeReport.Request(
      images: images, firstStage: firstStage, out: folder.url.appending(path: "out").path,
      threads: 2)
  }

  private func latents() throws -> Data {
    try Data(contentsOf: folder.url.appending(path: "out/latents.npy"))
  }

  /// The elements of the array that was written.
  private func elements() throws -> [Float] {
    let data = try latents()
    let start = data.firstIndex(of: 0x0A)! + 1
    return data[start...].withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
  }

  @Test
  func `latents and reconstructions are written, and replaced by the same command`() throws {
    var request = request([try image("a.png", 16, 12), try image("other.png", 16, 12)])
    request.scale = 2
    let report = try EncodeReport(request)
    try report.write()
    let header = String(decoding: try latents().prefix(128), as: UTF8.self)
    #expect(header.contains("'descr': '<f4', 'fortran_order': False, 'shape': (2, 2, 6, 8)"))
    let sheet = try RGBImage.decode(
      png: Data(contentsOf: folder.url.appending(path: "out/reconstruction.png")))
    #expect(sheet.image == report.sheet)
    #expect(report.text.contains("2 images, 16×12 pixels"))
    #expect(report.text.contains("mean PSNR") && !report.text.contains("note:"))
    try report.write()
  }

  @Test
  func `a factor multiplies the latents, and one that no file gives is 1`() throws {
    let path = try image("a.png", 16, 16)
    let plain = try EncodeReport(request([path]))
    try plain.write()
    #expect(plain.text.contains("the file does not show the scale of the latents"))
    let unscaled = try elements()
    var scaled = request([path])
    scaled.scale = 0.5
    try EncodeReport(scaled).write()
    #expect(try elements() == unscaled.map { $0 * 0.5 })
    #expect(unscaled.count == 2 * 8 * 8 && unscaled.contains { $0 != 0 })
  }

  @Test
  func `an image is encoded alike alone and among others`() throws {
    let paths = [try image("first.png", 8, 8), try image("b.png", 8, 8)]
    try EncodeReport(request(paths)).write()
    let both = try elements()
    try EncodeReport(request([paths[1]])).write()
    #expect(try elements() == Array(both.suffix(both.count / 2)))
  }

  @Test
  func `images that do not fit are refused`() throws {
    let paths = [try image("a.png", 16, 16), try image("wide.png", 18, 16)]
    let other = try #require(throws: Failure.self) { try EncodeReport(request(paths)) }
    #expect(other.status == .badData && other.message.contains("has 18×16 pixels, but"))
    let odd = try image("odd.png", 15, 16)
    let uneven = try #require(throws: Failure.self) { try EncodeReport(request([odd])) }
    #expect(uneven.message.contains("multiples of 2: crop the images to 14×16"), "\(uneven)")
    let absent = try #require(throws: Failure.self) {
      try EncodeReport(request([folder.url.appending(path: "absent.png").path]))
    }
    #expect(absent.status == .cannotRead)
    var noStage = request([paths[0]])
    noStage.firstStage = paths[0]
    let picture = try #require(throws: Failure.self) { try EncodeReport(noStage) }
    #expect(picture.status == .badData)
  }

  @Test
  func `other files of the same names are not replaced`() throws {
    let request = request([try image("a.png", 16, 16)])
    try folder.write("mine", to: "out/latents.npy")
    let failure = try #require(throws: Failure.self) { try EncodeReport(request).write() }
    #expect(failure.status == .cannotWrite)
    #expect(try latents() == Data("mine".utf8))
  }
}
