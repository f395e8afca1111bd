import Foundation
import TestSupport
import Testing

extension EndToEndTests {
  @Suite("The command line") struct CommandLineTests {
    @Test(
      arguments: [nil, 3],
      [
        ["--help"], ["help", "sample"], ["plan", "--help"], ["inspect", "--help"], ["--version"],
      ])
    func `help and version are printed once for any number of ranks`(
      ranks: Int?, arguments: [String]
    ) async throws {
      let result = try await Program.run(arguments, ranks: ranks)
      #expect(result.status == 0, "\(result)")
      #expect(result.errors.isEmpty, "\(result)")
      if arguments == ["--version"] {
        #expect(result.output.split(separator: "\n").count == 1)
      } else {
        #expect(result.output.components(separatedBy: "USAGE:").count == 2)
      }
    }

    @Test
    func `plan shows the images, labels and seeds that a job then makes, and writes nothing`()
      async throws
    {
      let arguments = Program.quick.dropFirst(2) + ["--seeds", "9,3-5", "--classes", "8,1,0"]
      let folder = try TemporaryFolder()
      let plan = try await Program.run(["plan", "--out", "run"] + arguments, in: folder.url)
      #expect(plan.status == 0, "\(plan)")
      #expect(try JobFiles.all(in: folder.url).isEmpty)
      #expect(!FileManager.default.fileExists(atPath: folder.url.appending(path: "run").path))

      let job = try await JobFolder.made(Array(arguments))
      let row = #/(?<file>\d+\.png)  seed (?<seed>\d+)  label (?<label>\d+) \((?<name>.*)\)/#
      let planned = plan.output.matches(of: row).map {
        JobFolder.Line(
          fileName: String($0.file), label: Int($0.label), className: String($0.name),
          seed: Int($0.seed) ?? -1)
      }
      #expect(try planned == job.metadata)
      let hash = try #require(job.record["settings"] as? String)
      #expect(plan.output.contains("settings   \(hash)"))
      #expect(plan.output.contains("steps      5, from noise to image: 800, 600, 400, 200, 0"))
    }

    @Test
    func `noise shows an image of a job with its own label, and is printed once`() async throws {
      let job = try await JobFolder.made(Program.quick)
      let image = job.url.appending(path: "images/000001.png").path
      let folder = try TemporaryFolder()
      for ranks in [nil, 2] {
        let result = try await Program.run(
          ["noise", image, "--at", "0,100,999"], ranks: ranks, in: folder.url)
        #expect(result.status == 0, "\(result)")
        #expect(result.output.components(separatedBy: "error of x̂₀").count == 2, "\(result)")
      }
      let picture = try Data(contentsOf: folder.url.appending(path: "noise.png"))
      #expect(PNGChunk.all(in: picture) != nil)
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path) == ["noise.png"])
    }

    @Test
    func `a guided-diffusion command gives the job of our own options, and says how it was read`()
      async throws
    {
      let flags = (Bundled.modelFlags + " " + Bundled.classifierFlags)
        .split(separator: " ").map(String.init)
      let reference = try await Program.run(
        ["plan", "--no-timing"] + flags + [
          "--model_path", Bundled.unet.path, "--classifier_path", Bundled.classifier.path,
          "--classifier_scale", "1.0", "--timestep_respacing", "ddim5", "--use_ddim=True",
          "--batch_size", "2", "--num_samples", "5", "--use_fp16", "True", "--dropout", "0.1",
        ])
      let own = try await Program.run(
        [
          "plan", "--no-timing", "--model", Bundled.unet.path, "--model-flags", Bundled.modelFlags,
          "--classifier", Bundled.classifier.path, "--classifier-flags", Bundled.classifierFlags,
          "--classifier-scale", "1", "--steps", "ddim5", "--batch-size", "2", "--num-samples", "5",
        ])
      #expect(reference.status == 0, "\(reference)")
      // The hash of all settings that affect the images, and the hash of their labels and seeds.
      let hashes = #/(?m)^(?:settings|plan) +\w+$/#
      let planned = own.output.matches(of: hashes).map(\.output)
      #expect(planned.count == 2, "\(own)")
      #expect(reference.output.matches(of: hashes).map(\.output) == planned)
      #expect(!own.errors.contains("guided-diffusion's options"), "\(own)")
      for part in ["--use_ddim True → --sampler ddim", "--timestep_respacing ddim5 → --steps"] {
        #expect(reference.errors.contains(part), "\(reference)")
      }
    }

    @Test(arguments: [
      (["sampel", "--steps", "5"], "did you mean 'sample'?"),
      (["help", "inspct"], "did you mean 'inspect'?"), (["list"], "did you mean 'models'?"),
      (["foo"], "the commands are sample, models, inspect, plan"),
    ])
    func `an unknown command gets the nearest one as a suggestion`(
      arguments: [String], says: String
    ) async throws {
      let result = try await Program.run(arguments)
      #expect(result.status == 64, "\(result)")
      #expect(result.output.isEmpty, "\(result)")
      #expect(result.errors.hasPrefix("error: unknown command"), "\(result)")
      #expect(result.errors.contains(says), "\(result)")
    }

    @Test
    func `inspect shows both networks of a bundled model, and that they need no flags`()
      async throws
    {
      let result = try await Program.run(["inspect", "fashion-mnist"])
      #expect(result.status == 0, "\(result)")
      for part in [
        "unet.safetensors", "safetensors, 11.0 MB", "199 (199 f16)", "5.47 M", "32×32",
        "32 channels a head, new attention order", "cosine schedule, 1000 steps",
        "classifier.safetensors", "147 (147 f16)", "1.90 M",
        "32 channels a head, legacy attention order", "diffuse-mpi --model fashion-mnist",
      ] {
        #expect(result.output.contains(part), "\(result)")
      }
    }

    @Test(arguments: [
      (Bundled.unet.path, [], ["5.47 M", "still needed: --image_size", "--model-flags \""]),
      (
        Bundled.unet.path, ["--model-flags", Bundled.modelFlags],
        ["settings from the flags", "32 channels a head, new", "2.4 GFLOP a forward pass"]
      ),
      (
        Bundled.classifier.path, [],
        ["1.90 M", "still needed: --classifier_num_head_channels"]
      ),
      (
        Bundled.classifier.path, ["--classifier-flags", Bundled.classifierFlags],
        [
          "settings from the flags", "32 channels a head, legacy",
          "GFLOP for one image's gradient",
        ]
      ),
      (Bundled.fixture("module-zip.pt").path, [], ["no network of guided-diffusion"]),
    ])
    func `inspect shows a file and which flags it still needs, or the configuration with them`(
      file: String, flags: [String], says: [String]
    ) async throws {
      let result = try await Program.run(["inspect", file] + flags)
      #expect(result.status == 0, "\(result)")
      for part in says { #expect(result.output.contains(part), "\(result)") }
    }

    @Test
    func `inspect --tensors lists every tensor with its type and shape`() async throws {
      let result = try await Program.run(["inspect", Bundled.unet.path, "--tensors"])
      let lines = Set(result.output.split(separator: "\n").map(String.init))
      for (name, tensor) in try SafetensorsFile(Bundled.unet).tensors {
        let shape = tensor.shape.map(String.init).joined(separator: "×")
        #expect(lines.contains("\(name)  \(tensor.type.lowercased())  \(shape)"))
      }
    }

    @Test(
      arguments: [
        (64, "unet.safetensors", ["--model-flags", "--image_size 64"]),
        (64, "unet.safetensors", ["--classifier-flags", Bundled.classifierFlags]),
        (64, "classifier.safetensors", ["--model-flags", Bundled.modelFlags]),
        (64, "fashion-mnist", ["--model-flags", Bundled.modelFlags]),
        (65, "unet-incomplete.safetensors", ["--model-flags", Bundled.modelFlags]),
        (65, "page.pt", []),
        (66, "absent.pt", []),
      ] as [(Int32, String, [String])])
    func `inspect ends with the exit code that a job would end with`(
      status: Int32, file: String, flags: [String]
    ) async throws {
      let result = try await Program.run(["inspect", file] + flags, in: BadFiles.folder())
      #expect(result.status == status, "\(result)")
      #expect(result.errors.components(separatedBy: "error: ").count == 2, "\(result)")
    }
  }
}
