import Foundation
import TestSupport
import Testing

extension EndToEndTests {
  @Suite("The same bytes") struct SameBytesTests {
    /// Settings that use different code paths.
    enum Settings: String, CaseIterable {
      case guidedDDIM = "--precision f32"
      case noisyDDIM = "--precision f32 --eta 0.7 --no-clip-denoised"
      case unguidedDDIM = "--precision f32 --classifier-scale 0"
      case guidedDDPM = "--precision f32 --sampler ddpm"
      case multistep = "--precision f32 --sampler dpmpp-2m --steps 5 --eta 0"
      case noisyMultistep = "--precision f32 --sampler dpmpp-2m --steps 5 --eta 0.8"
      case uniPC =
        "--precision f32 --sampler unipc --solver-order 3 --steps 5 --spacing log-snr --final sigma-min --guidance-interval 0.1-20"
      case heun = "--precision f32 --sampler heun --steps 3 --churn 8 --churn-range 0.05-50"
      case classifierFree =
        "--precision f32 --sampler unipc --steps 5 --null-class 9 --cfg-scale 2 --classifier-scale 0"
      case bf16 = "--precision bf16"

      var arguments: [String] { Program.quick + rawValue.split(separator: " ").map(String.init) }
    }

    /// Whether the processor supports bf16. The program refuses bf16 otherwise.
    static let canComputeBF16: Bool = {
      let text = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
      let features = Set(text.split(whereSeparator: \.isWhitespace))
      return ["avx512bw", "avx512dq", "avx512vl"].allSatisfy(features.contains)
    }()

    static let settings = Settings.allCases.filter { $0 != .bf16 || canComputeBF16 }

    private func expectSame(_ job: JobFolder, _ expected: JobFolder) throws {
      #expect(try job.results == expected.results)
      #expect(try job.settings == expected.settings)
    }

    @Test
    func `any number of ranks writes the same bytes as one process`() async throws {
      let arguments = Settings.guidedDDIM.arguments
      let alone = try await JobFolder.made(arguments)
      #expect(try alone.results.count == 7)
      for ranks in [1, 2, 3, 8] {
        let job = try await JobFolder.made(arguments, ranks: ranks)
        try expectSame(job, alone)
        #expect((try job.record["hosts"] as? [String])?.count == ranks)
      }
    }

    @Test(arguments: settings)
    func `threads and ranks change no byte, with any sampler and precision`(settings: Settings)
      async throws
    {
      let one = try await JobFolder.made(settings.arguments + ["--threads", "1"])
      let two = try await JobFolder.made(settings.arguments + ["--threads", "2"])
      try expectSame(two, one)
      let three = try await JobFolder.made(settings.arguments + ["--threads", "2"], ranks: 3)
      try expectSame(three, one)
    }

    @Test(arguments: settings)
    func `an image is the same in any job and batch`(settings: Settings) async throws {
      let whole = try await JobFolder.made(settings.arguments).results
      let part = try await JobFolder.made(
        settings.arguments.dropFirst(2) + ["--seeds", "4,0,3", "--labels", "4,0,3"]
      ).results
      for (index, seed) in [4, 0, 3].enumerated() {
        #expect(part["images/00000\(index).png"] == whole["images/00000\(seed).png"])
      }
    }

    @Test
    func `a setting that images depend on changes every image and the hash of the settings`()
      async throws
    {
      var images: [Data] = []
      var hashes: Set<String> = []
      for settings in Self.settings {
        let job = try await JobFolder.made(settings.arguments.dropFirst(2) + ["--seeds", "0-1"])
        images += try job.files.filter { $0.key.hasSuffix("0.png") || $0.key.hasSuffix("1.png") }
          .values
        hashes.insert(try #require(job.text(ofImage: "000000.png")["settings"]))
      }
      #expect(images.count == 2 * Self.settings.count)
      #expect(Set(images).count == images.count)
      #expect(hashes.count == Self.settings.count)
    }

    /// The pixels of each image of a job.
    private func pixels(_ job: JobFolder) throws -> [String: [PNGChunk]] {
      try job.files.filter { $0.key.hasSuffix(".png") && $0.key.hasPrefix("images/") }
        .mapValues { data in try #require(PNGChunk.all(in: data)).filter { $0.type == "IDAT" } }
    }

    @Test
    func `a guide with the model's own weights changes no pixel`() async throws {
      let arguments =
        Program.quick + ["--precision", "f32", "--classifier-scale", "0", "--sampler", "unipc"]
        + ["--steps", "4", "--threshold", "none"]
      let unguided = try await JobFolder.made(arguments)
      let guided = try await JobFolder.made(
        arguments + ["--guide", Bundled.unet.path, "--guide-flags", Bundled.modelFlags]
          + ["--guide-scale", "2"], ranks: 2)
      #expect(try pixels(guided) == pixels(unguided))
      #expect(try guided.settings != unguided.settings)
      let recipe = try #require(guided.record["recipe"] as? [String: Any])
      #expect(recipe["guideScale"] as? Double == 2)
      // The same command resumes, and another scale is refused.
      let again = try await Program.run(
        arguments + ["--guide", Bundled.unet.path, "--guide-flags", Bundled.modelFlags]
          + ["--guide-scale", "3", "--out", guided.url.path])
      #expect(again.status == 64 && again.errors.contains("--guide-scale is 3.0, was 2.0"))
    }

    @Test
    func `a checkpoint with guided-diffusion's flags gives the images of the bundled model`()
      async throws
    {
      let bundled = try await JobFolder.made(Program.quick)
      // Copies in another folder, so that the program cannot recognise the files by their path.
      let folder = try TemporaryFolder()
      let model = folder.url.appending(path: "model.safetensors")
      let classifier = folder.url.appending(path: "guide.safetensors")
      try FileManager.default.copyItem(at: Bundled.unet, to: model)
      try FileManager.default.copyItem(at: Bundled.classifier, to: classifier)
      let names = folder.url.appending(path: "names.txt")
      try Bundled.classNames.joined(separator: "\r\n").write(
        to: names, atomically: true, encoding: .utf8)
      let job = try await JobFolder.made(
        Program.quick + [
          "--model", model.path, "--model-flags", Bundled.modelFlags,
          "--classifier", classifier.path, "--classifier-flags", Bundled.classifierFlags,
          "--classifier-scale", "2", "--sampler", "ddim", "--class-names", names.path,
        ])
      #expect(try job.results == bundled.results)
    }
  }
}
