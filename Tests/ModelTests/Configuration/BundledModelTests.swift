import Foundation
import Model
import TestSupport
import Testing

@Suite("Bundled models")
struct BundledModelTests {
  @Test
  func `the bundled model is found and has its training configuration`() throws {
    #expect(BundledModel.names == ["fashion-mnist"])
    let bundled = try BundledModel(named: "fashion-mnist")
    #expect(bundled.model.unet == (try StateDictFixture.named("fashion-mnist-unet")).unet)
    #expect(
      bundled.classifier?.configuration
        == (try StateDictFixture.named("fashion-mnist-classifier")).classifier)
    #expect(bundled.model.origin == .bundled("fashion-mnist"))
    #expect(bundled.classNames.count == 10)
    #expect(bundled.classNames.last == "ankle boot")
    #expect(
      bundled.defaults.map(\.sampler) == ["dpmpp-2m", "ddpm", "ddim", "unipc", "heun"])
    #expect(bundled.defaults.allSatisfy { $0.classifierScale > 0 })
    for file in [bundled.unetFile, bundled.classifierFile, bundled.cardFile] {
      #expect(FileManager.default.fileExists(atPath: try #require(file).path))
    }
  }

  @Test(arguments: ["fashion", "", ".", "../Bundled/fashion-mnist", "fashion-mnist/"])
  func `an unknown bundled model is refused with the names of the existing ones`(name: String) {
    #expect(throws: BundledModelError.unknown(name, known: ["fashion-mnist"])) {
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
