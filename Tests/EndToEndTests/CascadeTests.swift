import Foundation
import TestSupport
import Testing

extension EndToEndTests {
  /// Jobs of the bundled model and a network that enlarges its images from 32×32 to 64×64 pixels.
  @Suite("Cascades") struct CascadeTests {
    private static let base = [
      "--num-samples", "7", "--steps", "ddim3", "--batch-size", "3", "--precision", "f32",
    ]
    private static let enlarging = [
      "--upsampler-flags", BundledUpsampler.flags, "--upsampler-steps", "2",
      "--upsampler-batch-size", "2", "--upsampler-sampler", "ddpm",
    ]

    private let folder: TemporaryFolder
    private var upsampler: [String] { ["--upsampler", folder.url.path + "/up.safetensors"] }
    private var cascade: [String] { Self.base + upsampler + Self.enlarging }

    init() throws {
      folder = try TemporaryFolder()
      try BundledUpsampler.file().write(to: folder.url.appending(path: "up.safetensors"))
    }

    /// The compressed pixels of each image. The texts of the file name the settings of the job.
    private func pixels(_ job: JobFolder) throws -> [[PNGChunk]] {
      let files = try job.files.filter { $0.key.hasPrefix("images/") && $0.key.hasSuffix(".png") }
      return try files.sorted { $0.key < $1.key }.map {
        try #require(PNGChunk.all(in: $0.value)).filter { ["IHDR", "IDAT"].contains($0.type) }
      }
    }

    @Test
    func `a cascade makes the images of its two stages run one after the other`() async throws {
      let whole = try await JobFolder.made(cascade + ["--keep-base"])
      #expect(try pixels(whole).count == 7)
      let small = try await JobFolder.made(Self.base + ["--npz"])
      let kept = JobFolder(url: whole.url.appending(path: "base"))
      let names = Set(try kept.results.keys)
      #expect(try kept.results == small.results.filter { names.contains($0.key) })
      #expect(names.count == 9)
      for samples in ["", "samples_7x32x32x3.npz"] {
        let path = small.url.appending(path: samples).path
        let large = try await JobFolder.made(
          ["--base-samples", path, "--precision", "f32"] + upsampler + Self.enlarging, ranks: 2)
        #expect(try pixels(large) == pixels(whole))
        #expect(try large.metadata.map(\.label) == whole.metadata.map(\.label))
      }
      for path in [whole.url.path, kept.url.path] {
        let check = try await Program.run(["verify", path])
        #expect(check.status == 0, "\(check)")
      }
    }

    @Test(arguments: [1, 2, 3, 8])
    func `any number of ranks makes the same cascade`(ranks: Int) async throws {
      let command = cascade + ["--keep-base", "--trajectory", "2"]
      let alone = try await JobFolder.made(command)
      let job = try await JobFolder.made(command + ["--threads", "1"], ranks: ranks)
      #expect(try job.results == alone.results)
      #expect(try job.settings == alone.settings)
    }

    @Test(arguments: [nil, 3])
    func `a cascade that is killed five times ends with the same bytes`(ranks: Int?) async throws {
      let command = cascade + ["--keep-base", "--threads", "1"]
      let expected = try await JobFolder.made(command)
      let job = try JobFolder()
      for count in [0, 1, 2, 3, 5] {
        let killed = try await Program.run(command + ["--out", job.url.path], ranks: ranks) {
          try await wait(for: count, in: job)
          Processes.killAll($0)
        }
        #expect(killed.status != 0)
      }
      let resumed = try await Program.run(command + ["--out", job.url.path], ranks: ranks)
      #expect(resumed.status == 0, "\(resumed)")
      #expect(try job.results == expected.results)
    }

    private func wait(for count: Int, in job: JobFolder) async throws {
      for _ in 0..<6000 {
        let files = (try? job.files.keys.filter { $0.hasPrefix("images/0") }) ?? []
        if files.count >= count && (try? job.record) != nil { return }
        try await Task.sleep(for: .milliseconds(5))
      }
      throw TestSetupError("there are no \(count) images")
    }

    @Test(arguments: [["--layout", "subdirs"], ["--format", "tar", "--shard-size", "4"]])
    func `slices of a cascade are merged with the images of the base stage`(form: [String])
      async throws
    {
      let command = cascade + form + ["--painting", "0", "--keep-base"]
      let expected = try await JobFolder.made(command)
      let job = try JobFolder()
      for number in 1...2 {
        let slice = try await Program.run(
          command + ["--slice", "\(number)/2", "--out", job.url.path])
        #expect(slice.status == 0, "\(slice)")
      }
      let merged = try await Program.run(["merge", job.url.path])
      #expect(merged.status == 0, "\(merged)")
      #expect(try job.results == expected.results)
      let check = try await Program.run(["verify", job.url.path])
      #expect(check.status == 0, "\(check)")
    }

    @Test
    func `two upsamplers enlarge one after the other, each with settings of its own`() async throws
    {
      let flags = [
        BundledUpsampler.flags,
        "--large_size 128 --channel_mult 1,2,2 --attention_resolutions 32 --num_head_channels 32",
      ]
      let command =
        Self.base + ["--painting", "0"]
        + flags.flatMap { upsampler + ["--upsampler-flags", $0] } + ["--upsampler-steps", "2"]
      let job = try await JobFolder.made(command)
      #expect(
        try pixels(job).allSatisfy { Array($0[0].data[..<8]) == [0, 0, 0, 128, 0, 0, 0, 128] })
      let three = command + ["--upsampler-flags", "", "--out", job.url.path]
      let refused = try await Program.run(three)
      #expect(refused.status == 64, "\(refused)")
      #expect(refused.errors.contains("--upsampler-flags is given 3 times"), "\(refused)")
    }

    @Test
    func `a job with other stages is another job`() async throws {
      let job = try await JobFolder.made(cascade + ["--painting", "0"])
      let out = ["--out", job.url.path, "--painting", "0"]
      for (command, difference) in [
        (Self.base, "the number of --upsampler is 0, was 1"),
        (cascade + ["--upsampler-classifier-scale", "0", "--keep-base"], "--keep-base is on"),
        (
          Self.base + upsampler + ["--upsampler-flags", BundledUpsampler.flags],
          "--upsampler-steps is 250, was 2"
        ),
      ] {
        let result = try await Program.run(command + out)
        #expect(result.status == 64 && result.errors.contains(difference), "\(result)")
      }
    }
  }
}
