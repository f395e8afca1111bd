import Foundation
import Output
import TestSupport
import Testing

extension EndToEndTests {
  /// Latents that exist already.
  @Suite("diffuse-mpi decode") struct DecodeTests {
    private static let fixtures = URL(filePath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "ModelTests/Fixtures/latent")
    private static let model = ["--model", "fashion-mnist-latent", "--precision", "f32"]

    private let folder = try! TemporaryFolder()

    /// Writes random latents for the bundled model. Returns the path of the file.
    private func latents(count: Int, changing change: (inout [Float]) -> Void = { _ in }) throws
      -> String
    {
      var generator = SeededGenerator(seed: 7)
      var elements = (0..<count * 256).map { _ in Float.random(in: -2...2, using: &generator) }
      change(&elements)
      return try write(NumpyArray.floats(elements, shape: [count, 4, 8, 8]))
    }

    private func write(_ data: Data, as name: String = "latents.npy") throws -> String {
      try folder.write(data, to: name)
      return "\(folder.url.path)/\(name)"
    }

    /// The reference's program decoded the same latents (scripts/fixtures/latent_checkpoints.py).
    @Test(arguments: ["class", "unconditional"])
    func `latents become the images that their authors' program makes of them`(
      name: String
    ) async throws {
      let tensors = try SafetensorsFile(
        Self.fixtures.appending(path: "checkpoints.safetensors")
      ).tensors
      let latents = try #require(tensors["\(name)-ddim.latents"])
      let expected = try #require(tensors["\(name)-ddim.images"])
      let shape = latents.shape.map(String.init).joined(separator: ", ")
      let path = try write(Data(NumpyArray.header("<f4", shape)) + latents.bytes)
      let job = try await JobFolder.made([
        "decode", path, "--precision", "f32",
        "--model", Self.fixtures.appending(path: "\(name).ckpt").path,
        "--config", Self.fixtures.appending(path: "\(name).yaml").path,
      ])
      try job.expect(bytes: expected.bytes)
    }

    @Test(arguments: [1, 2, 3, 8])
    func `any number of ranks decodes the same images`(ranks: Int) async throws {
      let command = ["decode", try latents(count: 23), "--batch-size", "4"] + Self.model
      let alone = try await JobFolder.made(command)
      let job = try await JobFolder.made(command + ["--threads", "1"], ranks: ranks)
      #expect(try job.results == alone.results)
      #expect(try job.settings == alone.settings)
    }

    @Test
    func `a job that decodes is resumed, grown, checked, and merged from slices`() async throws {
      let command = ["decode", try latents(count: 7)] + Self.model
      let expected = try await JobFolder.made(command)
      let job = try await JobFolder.made(command + ["--num-samples", "3"])
      try FileManager.default.removeItem(at: job.url.appending(path: "images/000001.png"))
      let grown = try await Program.run(command + ["--out", job.url.path])
      #expect(grown.status == 0, "\(grown)")
      #expect(try job.results == expected.results)
      let verified = try await Program.run(["verify", job.url.path])
      #expect(verified.status == 0, "\(verified)")
      let sliced = try JobFolder()
      for number in 1...2 {
        let slice = try await Program.run(
          command + ["--slice", "\(number)/2", "--out", sliced.url.path])
        #expect(slice.status == 0, "\(slice)")
      }
      let merged = try await Program.run(["merge", sliced.url.path])
      #expect(merged.status == 0, "\(merged)")
      #expect(try sliced.results == expected.results)
    }

    @Test
    func `encoded images are decoded again, in shards and in bf16 too`() async throws {
      let samples = try await JobFolder.made(["--num-samples", "5"])
      let images: [String] = (0..<5).map {
        samples.url.appending(path: "images/00000\($0).png").path
      }
      let encoded = try await Program.run(
        ["encode"] + images + [
          "--first-stage", "fashion-mnist-latent", "--out", "\(folder.url.path)/encoded",
        ])
      #expect(encoded.status == 0, "\(encoded)")
      let job = try await JobFolder.made([
        "decode", "\(folder.url.path)/encoded/latents.npy", "--first-stage", "fashion-mnist-latent",
        "--format", "tar",
      ])
      let before = try SampleCollection(opening: samples.url.path)
      let after = try SampleCollection(opening: job.url.path)
      for index in 0..<5 {
        let one = try before.image(at: index).pixels
        let other = try after.image(at: index).pixels
        let squares = zip(one, other).reduce(0) { sum, pair in
          let difference = Int(pair.0) - Int(pair.1)
          return sum + difference * difference
        }
        // The PSNR of each image is 25 to 36 dB. Other latents, or another scale, give less than 15.
        #expect(Double(squares) / Double(one.count) < 650)
      }
    }

    @Test
    func `labels beside the latents become those of the images`() async throws {
      let array = try Data(contentsOf: URL(filePath: latents(count: 2)))
      let labels = Data(NumpyArray.header("|u1", "2,") + [9, 0])
      let file = NumpyArray.archive([("arr_0.npy", array), ("arr_1.npy", labels)])
      let path = try write(file, as: "latents.npz")
      let job = try await JobFolder.made(["decode", path] + Self.model)
      #expect(try job.metadata.map(\.label) == [9, 0])
      #expect(try job.metadata.map(\.className) == ["ankle boot", "T-shirt/top"])
    }

    @Test
    func `a latent that is not finite is given up, and all others are decoded`() async throws {
      let path = try latents(count: 3) { $0[300] = .nan }
      let result = try await Program.run(
        ["decode", path, "--out", "\(folder.url.path)/job"] + Self.model)
      #expect(result.status == 65, "\(result)")
      #expect(result.errors.contains("image 1 (seed 1) is not finite after decoding"), "\(result)")
      let images = try FileManager.default.contentsOfDirectory(
        atPath: "\(folder.url.path)/job/images")
      #expect(Set(images) == ["000000.png", "000002.png", "metadata.jsonl"])
    }

    @Test(arguments: [
      ([], 64, "give the model that made the latents with --model"),
      (["--model", "fashion-mnist"], 64, "this model makes images, not latents"),
      (["--model", "fashion-mnist-latent", "--scale", "2"], 64, "leave one of them out"),
      (["--model", "fashion-mnist-latent", "--trajectory", "1"], 64, "leave it out"),
      (["--model", "fashion-mnist-latent", "--num-samples", "4"], 64, "there are 3 latents"),
      (["--model", "fashion-mnist-latent", "--layout", "classes"], 64, "use subdirs or flat"),
      (
        ["--first-stage", fixtures.appending(path: "class.ckpt").path], 65,
        "these latents have 4 channels, but the decoder"
      ),
    ])
    func `a request that cannot be decoded is refused with what to do`(
      options: [String], status: Int32, text: String
    ) async throws {
      let result = try await Program.run(
        ["decode", try latents(count: 3), "--out", "\(folder.url.path)/job"] + options)
      #expect(result.status == status, "\(result)")
      #expect(result.errors.contains(text), "\(result)")
    }

    @Test
    func `a folder is resumed with its own latents only`() async throws {
      let job = try await JobFolder.made(["decode", try latents(count: 3)] + Self.model)
      let others = ["decode", try latents(count: 3) { $0[0] += 1 }] + Self.model
      for (command, text) in [(others, "the file of latents"), ([], "were decoded from latents")] {
        let result = try await Program.run(command + ["--out", job.url.path])
        #expect(result.status == 64, "\(result)")
        #expect(result.errors.contains(text), "\(result)")
      }
    }
  }
}
