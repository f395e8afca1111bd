import Cache
import Checkpoint
import Compute
import Coordinator
import Diffusion
import Foundation
import Job
import Machine
import Model
import Output
import Program
import TestSupport
import Testing

/// Advice in errors of other rooms, which do not know the options.
@Suite("The options in messages") struct OptionNamesTests {
  @Test(arguments: [
    (
      OutputError.folderInUse(folder: "run", found: "images/000000.png"),
      "Nothing was changed: choose another --out, or move images/000000.png away"
    ),
    (
      .foreignJob(path: "run/job.json"),
      "Nothing was changed: choose another --out, or move that file away"
    ),
    (.locked(folder: "run"), "wait until it ends, or choose another --out"),
    (.notAFolder(path: "run"), "run is not a folder: choose another --out"),
    (
      .system(action: "write", path: "/a", code: ENOSPC),
      "make room there or choose another --out"
    ),
    (.system(action: "write", path: "/a", code: EDQUOT), "make room or choose another --out"),
    (
      .system(action: "write", path: "/a", code: EROFS),
      "Read-only file system; choose another --out"
    ),
    (
      .system(action: "write", path: "/none/a", code: ENOENT),
      "its folder was removed or its file system is gone: choose another --out"
    ),
  ])
  func `errors of the output folder name the options for folder and format`(
    error: OutputError, says: String
  ) {
    #expect(OptionNames.text(error).hasSuffix(says), "\(OptionNames.text(error))")
  }

  @Test(
    arguments: [
      (
        ComputeError.outOfMemory(bytes: 3 << 20),
        "not enough memory for 3 MiB of activations and weights: lower --batch-size"
      ),
      (
        ComputeError.noBF16(instructions: "sse41"),
        "this processor (sse41) cannot compute in bf16: use --precision f32"
      ),
      (
        GaussianDiffusionError.unusableStepCount(0),
        "a diffusion process of 0 steps cannot be: give --diffusion_steps as the checkpoint was "
          + "trained, usually 1000"
      ),
      (
        GaussianDiffusionError.scheduleTooShort(.linear, 9),
        "the linear schedule has variances above 1 at 9 steps: give --diffusion_steps as the "
          + "checkpoint was trained, usually 1000"
      ),
      (
        RepeatedDamage(index: 7, times: 4),
        "image 7 was written 4 times and was damaged each time it was read back; check the disk, "
          + "or choose another --out"
      ),
      (
        ThreadLimit(user: 50, ControlGroups(root: "/none", membership: "")),
        "cannot create a thread: the limit of processes and threads is reached (ulimit -u is 50): "
          + "raise it, or use fewer ranks or fewer --threads"
      ),
    ] as [(any Error & Sendable, String)])
  func `errors of computation, threads and damage name the option that helps`(
    error: any Error & Sendable, text: String
  ) {
    #expect(OptionNames.text(error) == text)
  }

  @Test
  func `failures keep the exit codes of their errors`() {
    let limit = ThreadLimit(user: 50, ControlGroups(root: "/none", membership: ""))
    #expect(Failure(explaining: limit).status == .internalError)
    #expect(Failure(explaining: ComputeError.noBF16(instructions: "sse41")).status == .usage)
    let several = CheckpointError.severalKeys(path: "a.pt", keys: "x, y")
    #expect(Failure(explaining: several).status == .badData)
    let full = OutputError.system(action: "write", path: "/a", code: ENOSPC)
    let failure = Failure(explaining: full, otherwise: .cannotWrite)
    #expect(failure.status == .cannotWrite && failure.message.hasSuffix("choose another --out"))
  }

  @Test
  func `a checkpoint with several networks names the options for its key`() {
    let advice = "choose one with --model-key (--classifier-key for a classifier, --key in inspect)"
    #expect(
      OptionNames.text(CheckpointError.severalKeys(path: "a.pt", keys: "x, y"))
        == "a.pt: holds different weights under several keys, and it is unclear which to use: x, "
        + "y; \(advice)")
    let error = CheckpointError.unreadableKey(path: "a.pt", key: "x", reason: "is odd", others: "y")
    #expect(OptionNames.text(error) == "a.pt: x: is odd; to use y instead, \(advice)")
  }

  @Test(arguments: [
    (
      CacheMessage.notKept(reason: "/c: is damaged", ownCopies: "it costs memory"),
      "warning: packed weights cannot be kept: /c: is damaged; it costs memory. Choose another "
        + "folder with --weights-cache, or 'none'"
    ),
    (
      .otherProcessor(path: "/c", own: 2, count: 9),
      "warning: /c was packed for a processor that lays out 2 of 9 weights otherwise, so each "
        + "rank holds its own: give each kind of machine its own --weights-cache"
    ),
    (
      .noHome(fault: "HOME is not set"),
      "warning: HOME is not set, and this user has no home folder, so packed weights are not "
        + "kept; name a folder for them with --weights-cache or DIFFUSE_MPI_CACHE"
    ),
  ])
  func `warnings about the cache name its option`(message: CacheMessage, text: String) {
    #expect(OptionNames.text(message) == text)
  }

  private func message(_ body: () throws -> Void) throws -> String {
    OptionNames.text(try #require(throws: ConfigurationError.self, performing: body))
  }

  @Test(arguments: [
    ("--timestep_respacing ddim25", "--steps"), ("--use_ddim True", "--sampler ddim"),
    ("--num_samples 100", "--num-samples"), ("--classifier_scale 1.0", "--classifier-scale"),
    ("--classifier_path a.pt", "--classifier"), ("--model_path a.pt", "--model"),
    ("--clip_denoised True", "clipped"), ("--batch_size 256", "--batch-size"),
    ("--large_size 256", "give it in --upsampler-flags"),
    ("--classifier_depth 4", "--classifier-flags"),
  ])
  func `a sampling flag among the model's flags is refused with the option that says it here`(
    flag: String, option: String
  ) throws {
    let text = try message { _ = try ModelFlags.parse("--image_size 64 " + flag) }
    #expect(text.contains(option) && text.contains(String(flag.prefix { $0 != " " })))
    #expect(text.hasPrefix("--model-flags cannot be read:\n"))
  }

  @Test
  func `each key of the sampling scripts has advice`() throws {
    for key in FlagVocabulary.samplingKeys {
      let text = try message { _ = try ClassifierFlags.parse("--\(key) 1") }
      #expect(text.contains("--\(key) is not a setting of the network: use --"))
    }
  }

  @Test(arguments: [
    ("image_size 64", "--model-flags: 'image_size' is not a flag"),
    ("--image_size", "--model-flags: --image_size has no value after it"),
    ("--class_cond 'True", "--model-flags: a quotation mark is not closed"),
    ("--image_size big", "--model-flags: --image_size is big; it must be a whole number"),
    (
      "--image_size 32", "--model-flags: guided-diffusion has no channel_mult for --image_size 32"
    ),
    ("--num_classes 10", "--model-flags: --num_classes 10 is given, but --class_cond is not"),
  ])
  func `errors about flags begin with the option that they were given in`(
    text: String, says: String
  ) throws {
    #expect(try message { _ = try ModelFlags.parse(text) }.hasPrefix(says))
  }

  @Test
  func `errors about the networks in files name the options to give instead`() {
    let text = { (error: ConfigurationError) in OptionNames.text(error) }
    #expect(
      text(.otherNetwork(.classifier))
        == "this is a classifier, not a diffusion model (it has no output_blocks): give it with "
        + "--classifier")
    #expect(
      text(.otherNetwork(.model))
        == "this is a diffusion model, not a classifier (it has output_blocks): give it with "
        + "--model"
    )
    #expect(
      text(.contradictions(.classifier, ["a", "b"]))
        == "--classifier-flags contradict the classifier file:\n  - a\n  - b")
    #expect(
      text(.missingFlags(.model, facts: ["a"], template: "--image_size ?"))
        == "some settings of this model are not stored in the file, and it is not a known released "
        + "checkpoint; give guided-diffusion's flags as it was trained with --model-flags\n  - a\n"
        + "  - replace each ? by the value from the training command: --model-flags "
        + "\"--image_size ?\"")
    #expect(text(.ambiguousLayers(["a"])).contains("it was trained with in --classifier-flags:\n"))
  }

  @Test
  func `a network of grey images is refused with the option that writes them`() {
    let text = OptionNames.text(ConfigurationError.channels(ImageChannels(count: 1, kind: .model)))
    #expect(
      text == "input_blocks.0.0.weight takes 1 channel: this is a network of grey images, and this "
        + "program runs networks of RGB images only, which take 3; train on RGB copies of the "
        + "images, as guided-diffusion's own loader makes them, and write grey ones with --grayscale"
    )
  }
}
