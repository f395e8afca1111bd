import Foundation
import TestSupport
import Testing

extension EndToEndTests {
  @Suite("Bad input") struct BadInputTests {
    /// A command line that cannot be obeyed, run in the folder of bad files.
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

    private static func classifier(_ file: String, flags: String? = nil) -> [String] {
      ["--classifier", file, "--classifier-flags", flags ?? Bundled.classifierFlags]
    }

    static let options = [
      Refusal(64, ["--classes", "10"], says: "--classes: class 10 does not exist", "0 to 9"),
      Refusal(
        64, ["--classes", "sneeker"], says: "--classes: 'sneeker'", "did you mean 'sneaker'"),
      Refusal(64, ["--classes", "-1"], says: "--classes: '-1'"),
      Refusal(64, ["--labels", "0,12,3"], says: "--labels", "12", "0 to 9"),
      Refusal(64, ["--seeds", "4294967296"], says: "--seeds", "4294967295"),
      Refusal(64, ["--seeds", "-1"], says: "--seeds: '-1'"),
      Refusal(64, ["--labels", "0,1,2", "--seeds", "7"], says: "3 labels", "is 1 seed (--seeds)"),
      Refusal(64, ["--labels", "0", "--classes", "1"], says: "--classes and --labels"),
      Refusal(64, ["--num-samples", "0"], says: "--num-samples", "at least 1"),
      Refusal(64, ["--steps", "ddim37"], says: "--steps", "ddim36 / ddim38"),
      Refusal(64, ["--steps", "abc"], says: "--steps", "'abc'", "ddim25"),
      Refusal(64, ["--steps", "1001"], says: "--steps", "1000"),
      Refusal(64, ["--steps", "10,10,999"], says: "--steps", "section 3 of 3", "333"),
      Refusal(64, ["--sampler", "plms"], says: "--sampler", "'ddpm', 'ddim' or 'dpmpp-2m'"),
      Refusal(64, ["--batch-size", "0"], says: "--batch-size is 0", "from 1"),
      Refusal(64, ["--threads", "0"], says: "--threads is 0", "from 1"),
      Refusal(64, ["--eta", "2"], says: "--eta is 2", "from 0 to 1"),
      Refusal(64, ["--eta", "0.5", "--sampler", "ddpm"], says: "--eta belongs to ddim"),
      Refusal(64, ["--classifier-scale", "nan"], says: "--classifier-scale is nan"),
      Refusal(64, ["--precision", "f16"], says: "--precision", "f32", "bf16"),
      Refusal(64, ["--frobnicate"], says: "unknown option --frobnicate", "help sample"),
      Refusal(64, ["--outdir", "x"], says: "did you mean --out?"),
      Refusal(64, ["--gpu", "0"], says: "CPUs only"),
      Refusal(64, ["--base_samples", "x.npz"], says: "--base_samples", "super-resolution"),
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
      Refusal(65, ["--class-names", "names.txt"], says: "2 names", "10 classes"),
      Refusal(65, ["--class-names", "names-latin1.txt"], says: "UTF-8"),
      Refusal(65, ["--class-names", "names-utf16.txt"], says: "UTF-16"),
      Refusal(65, ["--class-names", "/dev/zero"], says: "/dev/zero: has more than"),
      Refusal(66, ["--class-names", "taken"], says: "taken: cannot be read: is a folder"),
      Refusal(64, ["--steps", ","], says: "--steps", "','"),
    ]

    static let checkpoints = [
      Refusal(66, model("absent.pt"), says: "absent.pt: no such file"),
      Refusal(66, model("taken"), says: "taken: is a folder"),
      Refusal(64, ["--model", "absent"], says: "named 'absent'", "fashion-mnist"),
      Refusal(64, model("unet-incomplet"), says: "did you mean unet-incomplete.safetensors?"),
      Refusal(64, model("fashion-minst"), says: "did you mean fashion-mnist?"),
      Refusal(
        66, model("unet-incomplet.safetensors"),
        says: "no such file; did you mean unet-incomplete.safetensors?"),
      Refusal(65, model("truncated10.pt"), says: "truncated10.pt: ", "cut short"),
      Refusal(65, model("truncated50.pt"), says: "truncated50.pt: ", "cut short"),
      Refusal(65, model("truncated99.pt"), says: "truncated99.pt: ", "cut short"),
      Refusal(65, model("empty.pt"), says: "empty.pt: is empty"),
      Refusal(65, model("page.pt"), says: "page.pt: is a web page"),
      Refusal(65, model("other.pt"), says: "other.pt: this is no network of guided-diffusion"),
      Refusal(65, model("os-system-zip.pt"), says: "this is no network of guided-diffusion"),
      Refusal(65, model("os-system-legacy.pt"), says: "this is no network of guided-diffusion"),
      Refusal(65, model("two.safetensors"), says: "several keys", "first, second", "--model-key"),
      Refusal(
        64, model("two.safetensors", "--model-key", "third"),
        says: "under the key 'third'", "first, second"),
      Refusal(64, ["--model-key", "ema"], says: "--model-key", "is bundled"),
      Refusal(64, ["--classifier-key", "ema"], says: "--classifier-key", "is bundled"),
      Refusal(65, model("enormous.safetensors"), says: "4611686018427387904 bytes"),
      Refusal(65, model("cut.safetensors"), says: "cut.safetensors: ", "cut short"),
      Refusal(65, model("unet-nan.safetensors"), says: "unet-nan.safetensors: ", "not finite"),
      Refusal(
        65, model("unet.safetensors") + classifier("classifier-nan.safetensors"),
        says: "classifier-nan.safetensors: ", "input_blocks.1.0.out_layers.3.bias", "not finite"),
      Refusal(
        65, model("unet-incomplete.safetensors"),
        says: "1 missing from the file", "middle_block.0.in_layers.2.bias"),
    ]

    static let networks = [
      Refusal(
        64, ["--model", "unet.safetensors"],
        says: "--image_size", "--num_head_channels", "--noise_schedule", "--image_size ?"),
      Refusal(
        64, ["--model", "unet.safetensors", "--model-flags", "--image_size 64"],
        says: "--model-flags contradict", "use --channel_mult 1,2,2"),
      Refusal(
        64,
        model("unet.safetensors").dropLast() + [
          Bundled.modelFlags.replacing("--num_channels 64", with: "--num_channels 128")
            .replacing("--class_cond True", with: "--class_cond False")
        ], says: "use --num_channels 64", "use --class_cond True"),
      Refusal(
        64, ["--model", "unet.safetensors", "--model-flags", "--image_sise 32"],
        says: "--image_sise", "did you mean --image_size?"),
      Refusal(65, model("classifier.safetensors"), says: "is a classifier", "--classifier"),
      Refusal(
        64, model("unet.safetensors") + classifier("unet.safetensors"),
        says: "--model and --classifier name the same file"),
      Refusal(65, classifier("unet.safetensors"), says: "is a diffusion model", "--model"),
      Refusal(
        64, ["--classifier", "classifier.safetensors"],
        says: "--classifier_num_head_channels ?", "still needed"),
      Refusal(
        65, classifier("classifier-seven-classes.safetensors"), says: "7 classes, the model 10"),
      Refusal(
        65,
        classifier(
          "classifier-sixteen-pixels.safetensors",
          flags: Bundled.classifierFlags.replacing("image_size 32", with: "image_size 16")
            .replacing("16,8", with: "8,4")),
        says: "images of 16 pixels, the model makes 32"),
      Refusal(64, model("fashion-mnist"), says: "--model-flags", "is bundled"),
      Refusal(
        64, ["--classifier-flags", Bundled.classifierFlags], says: "--classifier-flags",
        "is bundled"),
      Refusal(
        64, model("unet.safetensors", "--classifier-scale", "2"),
        says: "--classifier-scale needs a classifier"),
    ]

    /// Runs it in the folder of bad files, which it must leave as it is.
    private func expect(_ refusal: Refusal, ranks: Int? = nil) async throws {
      let bad = try BadFiles.folder()
      let before = try JobFolder.files(in: bad)
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
      // What is found when the networks are loaded comes after the folder is readied.
      let readied: Set = ["images/metadata.jsonl", "job.json", "status.json"]
      #expect(try readied.isSuperset(of: folder.files.keys))
      #expect(try JobFolder.files(in: bad) == before)
    }

    @Test("options that cannot be obeyed are refused by name", arguments: options)
    func badOptions(refusal: Refusal) async throws { try await expect(refusal) }

    @Test("checkpoints that cannot be used are refused by name and place", arguments: checkpoints)
    func badCheckpoints(refusal: Refusal) async throws { try await expect(refusal) }

    @Test("networks that do not fit are refused with what to do", arguments: networks)
    func badNetworks(refusal: Refusal) async throws { try await expect(refusal) }

    @Test(
      "what cannot be written to is refused, and nothing there is touched",
      arguments: [
        Refusal(73, ["--out", "names.txt/run"], says: "names.txt is not a folder"),
        Refusal(73, ["--out", "/proc/run"], says: "/proc/run", "choose another --out"),
        Refusal(
          73, ["--out", "unexplained"], says: "holds images/000000.png", "choose another"),
        Refusal(
          65, ["--out", "taken"], says: "taken/job.json is damaged", "Nothing was changed",
          "choose another --out"),
      ])
    func badFolders(refusal: Refusal) async throws { try await expect(refusal) }

    @Test(
      "what all ranks would stumble over is told once",
      arguments: [
        Refusal(64, ["--frobnicate"], says: "--frobnicate"),
        Refusal(64, ["--classes", "10"], says: "0 to 9"),
        Refusal(66, model("absent.pt"), says: "absent.pt: no such file"),
        Refusal(65, model("unet-nan.safetensors"), says: "unet-nan.safetensors: "),
        Refusal(73, ["--out", "unexplained"], says: "Nothing was changed"),
      ])
    func once(refusal: Refusal) async throws { try await expect(refusal, ranks: 3) }
  }
}
