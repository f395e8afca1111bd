import Foundation
import TestSupport
import Testing

extension EndToEndTests {
  @Suite("Bad input") struct BadInputTests {
    /// A command line that must be refused, run in the folder of bad files.
    struct Refusal: Sendable, CustomTestStringConvertible {
      let arguments: [String]
      let status: Int32
      /// Parts of the error.
      let says: [String]

      init(_ status: Int32, _ arguments: [String], says: String...) {
        self.arguments = arguments
        self.status = status
        self.says = says
      }

      var testDescription: String { "\(status): \(arguments.joined(separator: " "))" }
    }

    private static func model(_ file: String, _ more: String...) -> [String] {
      ["--model", file, "--model-flags", Bundled.modelFlags] + more
    }

    private static func classifier(_ file: String) -> [String] {
      ["--classifier", file, "--classifier-flags", Bundled.classifierFlags]
    }

    // The other refused requests are in ProgramTests, which does not start the program.
    static let options = [
      Refusal(64, ["--classes", "10"], says: "--classes: class 10 does not exist", "0 to 9"),
      Refusal(64, ["--seeds", "-1"], says: "--seeds: '-1'"),
      Refusal(
        64, ["--sampler", "lms"], says: "--sampler",
        "dpmpp-2m", "consistency"),
      Refusal(64, ["--threads", "0"], says: "--threads is 0", "from 1"),
      Refusal(64, ["--classifier-scale", "nan"], says: "--classifier-scale is nan"),
      Refusal(64, ["--precision", "f16"], says: "--precision", "f32", "bf16"),
      Refusal(64, ["--frobnicate"], says: "unknown option --frobnicate", "help sample"),
      Refusal(64, ["--outdir", "x"], says: "did you mean --out?"),
      Refusal(64, ["--gpu", "0"], says: "CPUs only"),
      Refusal(
        64, ["--base_samples", "x.npz"], says: "--base-samples", "give its file with --upsampler"),
      Refusal(64, ["--lr", "1e-4"], says: "--lr", "training"),
      Refusal(64, ["--steps", "5", "--timestep_respacing", "5"], says: "give one of them"),
      Refusal(64, ["--out", ""], says: "--out is empty"),
      Refusal(64, ["--layout", "flat", "--format", "tar"], says: "--layout flat", "leave one out"),
      Refusal(64, ["--shard-size", "10"], says: "--shard-size 10 belongs to --format tar"),
      Refusal(
        64, ["--format", "tar", "--shard-size", "0"], says: "--shard-size is 0", "from 1 to"),
      Refusal(
        64, ["--format", "tar", "--write", "ranks"], says: "--write ranks", "one process"),
      Refusal(
        64, ["--overwrite", "--verify"], says: "--overwrite deletes the images that --verify"),
      Refusal(66, ["--class-names", "absent.txt"], says: "--class-names absent.txt", "no such"),
    ]

    static let checkpoints = [
      Refusal(64, model("unet-incomplet"), says: "did you mean unet-incomplete.safetensors?"),
      Refusal(65, model("truncated50.pt"), says: "truncated50.pt: ", "cut short"),
      Refusal(65, model("unet-nan.safetensors"), says: "unet-nan.safetensors: ", "not finite"),
      Refusal(
        65, model("unet.safetensors") + classifier("classifier-nan.safetensors"),
        says: "classifier-nan.safetensors: ", "input_blocks.1.0.out_layers.3.bias", "not finite"),
    ]

    static let networks = [
      Refusal(
        64, ["--model", "unet.safetensors", "--model-flags", "--image_sise 32"],
        says: "--image_sise", "did you mean --image_size?"),
      Refusal(65, classifier("unet.safetensors"), says: "is a diffusion model", "--model"),
    ]

    /// Runs the command in the folder of bad files, and checks that the folder does not change.
    private func expect(_ refusal: Refusal, ranks: Int? = nil) async throws {
      let bad = try BadFiles.folder()
      let before = try JobFiles.all(in: bad)
      let folder = try JobFolder()
      let out = refusal.arguments.contains("--out") ? [] : ["--out", folder.url.path]
      let result = try await Program.run(
        Program.quick.dropFirst(refusal.arguments.contains("--seeds") ? 2 : 0)
          + refusal.arguments + out, ranks: ranks, in: bad)
      #expect(result.status == refusal.status, "\(result)")
      #expect(!result.timedOut)
      #expect(result.output.isEmpty, "\(result)")
      #expect(result.errors.components(separatedBy: "error: ").count == 2, "\(result)")
      for part in refusal.says { #expect(result.errors.contains(part), "\(result)") }
      // Errors that are found while networks are loaded occur after the folder was prepared.
      let readied: Set = ["images/metadata.jsonl", "job.json", "status.json"]
      #expect(try readied.isSuperset(of: folder.files.keys))
      #expect(try JobFiles.all(in: bad) == before)
    }

    @Test(arguments: options)
    func `an option that cannot be followed is refused by its name on the command line`(
      refusal: Refusal
    ) async throws { try await expect(refusal) }

    @Test(arguments: checkpoints)
    func `a checkpoint that cannot be used is refused with its path and the position in it`(
      refusal: Refusal
    ) async throws { try await expect(refusal) }

    @Test(arguments: networks)
    func `networks that do not fit together are refused with what to do`(refusal: Refusal)
      async throws
    { try await expect(refusal) }

    @Test(arguments: [
      Refusal(73, ["--out", "names.txt/run"], says: "names.txt is not a folder"),
      Refusal(73, ["--out", "/proc/run"], says: "/proc/run", "choose another --out"),
      Refusal(
        73, ["--out", "unexplained"], says: "holds images/000000.png", "choose another"),
      Refusal(
        65, ["--out", "taken"], says: "taken/job.json is damaged", "Nothing was changed",
        "choose another --out"),
    ])
    func `a path that cannot be written is refused, and nothing there changes`(refusal: Refusal)
      async throws
    { try await expect(refusal) }

    @Test(arguments: [
      Refusal(64, ["--frobnicate"], says: "--frobnicate"),
      Refusal(64, ["--classes", "10"], says: "0 to 9"),
      Refusal(66, model("absent.pt"), says: "absent.pt: no such file"),
      Refusal(65, model("unet-nan.safetensors"), says: "unet-nan.safetensors: "),
      Refusal(73, ["--out", "unexplained"], says: "Nothing was changed"),
    ])
    func `an error that every rank would meet is printed once`(refusal: Refusal) async throws {
      try await expect(refusal, ranks: 3)
    }
  }
}
