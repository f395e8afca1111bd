import Foundation
import Model
import TestSupport
import Testing

@Suite("Bundled models")
struct BundledModelTests {
  private static let names = ["fashion-mnist", "fashion-mnist-latent"]

  @Test
  func `the bundled model of images has its training configuration`() throws {
    let bundled = try BundledModel(named: "fashion-mnist")
    #expect(bundled.model.unet == (try StateDictFixture.named("fashion-mnist-unet")).unet)
    #expect(
      bundled.classifier?.configuration
        == (try StateDictFixture.named("fashion-mnist-classifier")).classifier)
    #expect(
      bundled.defaults.map(\.sampler) == ["dpmpp-2m", "ddpm", "ddim", "unipc", "heun"])
    #expect(bundled.defaults.allSatisfy { $0.classifierScale ?? 0 > 0 })
  }

  @Test
  func `the bundled model of latents has the settings of its YAML file`() throws {
    let bundled = try BundledModel(named: "fashion-mnist-latent")
    let space = try #require(bundled.model.latentSpace)
    #expect(bundled.model.network.imageShape == .init(channels: 4, height: 8, width: 8))
    #expect(bundled.model.imageSide == 32)
    #expect(bundled.model.unet?.nullClass == 10)
    #expect(space.rounding == .truncated && space.scaling.factor != 1)
    #expect(bundled.model.diffusion.latent?.storedAlphaBar == nil)
    #expect(bundled.classifier == nil)
    #expect(bundled.defaults.allSatisfy { $0.cfgScale ?? 0 > 1 })
    #expect(bundled.defaults.first?.sampler == "dpmpp-2m")
  }

  @Test(arguments: names)
  func `a bundled model is found with its class names and files`(name: String) throws {
    #expect(BundledModel.names == Self.names)
    let bundled = try BundledModel(named: name)
    #expect(bundled.model.origin == .bundled(name))
    #expect(bundled.model.network.classCount == 10)
    #expect(bundled.classNames.count == 10)
    #expect(bundled.classNames.last == "ankle boot")
    for file in [bundled.modelFile, bundled.classifierFile, bundled.cardFile].compactMap(\.self) {
      #expect(FileManager.default.fileExists(atPath: file.path))
    }
  }

  @Test(arguments: ["fashion", "", ".", "../Bundled/fashion-mnist", "fashion-mnist/"])
  func `an unknown bundled model is refused with the names of the existing ones`(name: String) {
    #expect(throws: BundledModelError.unknown(name, known: Self.names)) {
      try BundledModel(named: name)
    }
  }

  @Test(arguments: [
    ("\"modelChannels\": 64", "\"modelChannels\": 0"),
    ("\"imageSize\": 32", "\"imageSize\": 33"),
    ("\"_0\": 32", "\"_0\": 0"),
    ("\"trouser\",", ""),
    ("\"cosine\"", "\"quadratic\""),
    ("{", "["),
  ])
  func `an unusable description is refused with the file's name`(part: String, replacement: String)
    throws
  {
    let original = try BundledModel(named: "fashion-mnist").folder
    let parent = try TemporaryFolder()
    let folder = parent.url.appending(path: "broken")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let manifest = try String(
      contentsOf: original.appendingPathComponent("model.json"), encoding: .utf8)
    #expect(manifest.contains(part))
    try manifest.replacing(part, with: replacement, maxReplacements: 1)
      .write(to: folder.appendingPathComponent("model.json"), atomically: true, encoding: .utf8)
    let error = #expect(throws: BundledModelError.self) {
      try BundledModel(named: "broken", in: parent.url)
    }
    #expect(error?.description.contains("broken/model.json") == true)
  }
}
