import Model
import Wording

/// The option that was probably meant by an unknown one.
enum OptionSuggestion: Equatable {
  /// An option of the command, or one of guided-diffusion's options that it understands.
  case option(String)
  /// Advice on what to do instead.
  case advice(String)

  /// - Parameters:
  ///   - word: the option, with its dashes.
  ///   - options: the options of the command, with their dashes.
  init?(_ word: String, options: Set<String>) {
    let name = word.drop { $0 == "-" }.lowercased().replacing("_", with: "-")
    if options.contains("--" + name) {
      self = .option("--" + name)
    } else if let meant = Self.sameMeaning.first(where: { $0.words.contains(name) })?.option,
      options.contains(String(meant.prefix { $0 != " " }))
    {
      self = .option(meant)
    } else if let advice = Self.advice.first(where: { $0.words.contains(name) })?.text {
      self = .advice(advice)
    } else if let known = Self.known(name, options) {
      self = .option(known)
    } else {
      return nil
    }
  }

  /// Returns a known option with a similar spelling, or the only one that begins with `name`.
  private static func known(_ name: String, _ options: Set<String>) -> String? {
    let takesFlags = options.contains("--model-flags")
    let candidates = options.map { String($0.dropFirst(2)) }
    let reference = takesFlags ? Array(ReferenceOption.keys) : []
    let underscored = name.replacing("-", with: "_")
    if takesFlags, let known = ReferenceOption(key: underscored) {
      if case .sampling(let option) = known { return option.ownOption }
      return "--" + underscored
    }
    if let own = likelyMeant(name, among: candidates) { return "--" + own }
    let longer = candidates.filter { $0.hasPrefix(name) && name.count > 2 }
    if longer.count == 1 { return "--" + longer[0] }
    return likelyMeant(name, among: reference).map { "--" + $0 }
  }

  /// Names that other programs use for our options.
  private static let sameMeaning: [(option: String, words: Set<String>)] = [
    (
      "--out",
      [
        "o", "outdir", "out-dir", "output", "output-dir", "outputs", "output-folder", "folder",
        "dir", "dest", "destination", "save-dir", "save-path", "logdir", "results",
      ]
    ),
    (
      "--num-samples",
      [
        "n", "num", "count", "number", "samples", "images", "num-images", "n-samples", "nsamples",
        "num-imgs", "total", "limit",
      ]
    ),
    ("--per-class", ["samples-per-class", "images-per-class", "num-per-class", "each"]),
    ("--classes", ["class", "c", "class-id", "class-ids", "class-idx", "y", "class-labels"]),
    ("--labels", ["label"]),
    ("--seeds", ["seed", "s", "random-seed", "manual-seed", "rng"]),
    (
      "--steps",
      [
        "step", "num-steps", "n-steps", "sampling-steps", "sample-steps", "inference-steps",
        "num-inference-steps", "timesteps", "num-timesteps", "ddim-steps", "respacing", "nfe",
      ]
    ),
    ("--sampler", ["scheduler", "solver", "sampling-method", "sample-method", "method"]),
    ("--sampler ddim", ["ddim"]),
    ("--sampler ddpm", ["ddpm", "ancestral"]),
    ("--eta", ["ddim-eta"]),
    (
      "--classifier-scale",
      [
        "scale", "guidance", "guidance-scale", "classifier-guidance", "guidance-strength", "gs",
        "cond-scale", "cfg-scale", "cfg",
      ]
    ),
    ("--model", ["m", "ckpt", "checkpoint", "weights", "network", "pretrained", "ckpt-path"]),
    ("--batch-size", ["b", "bs", "batch", "max-batch-size", "batchsz"]),
    (
      "--precision",
      [
        "fp16", "half", "float16", "bf16", "bfloat16", "fp32", "float32", "dtype", "amp",
        "mixed-precision", "type",
      ]
    ),
    ("--threads", ["t", "num-threads", "cpus", "cores", "nthreads"]),
    ("--quiet", ["q", "silent", "no-progress"]),
    ("--verbose", ["v", "debug", "log-level", "verbosity"]),
    ("--version", ["V"]),
    ("--overwrite", ["f", "force", "clobber", "restart"]),
    ("--weights-cache", ["cache", "cache-dir", "cache-folder"]),
    ("--weights-cache none", ["no-cache", "no-weights-cache"]),
    ("--class-names", ["names", "label-names", "classnames"]),
    ("--grayscale", ["gray", "grey", "greyscale", "mono"]),
    ("--format tar", ["tar", "webdataset", "shards"]),
    ("--npz", ["numpy", "npy", "save-npz"]),
  ]

  private static let advice: [(words: Set<String>, text: String)] = [
    (
      [
        "gpu", "gpus", "device", "devices", "cuda", "mps", "rocm", "num-gpus", "gpu-id", "ngpu",
      ],
      "this program computes on CPUs only; leave it out"
    ),
    (
      ["cpu", "use-cpu"], "this program always computes on CPUs; leave it out"
    ),
    (
      ["np", "j", "jobs", "ranks", "nproc", "workers", "num-workers", "processes", "world-size"],
      "to use several processes, start the program with mpirun -n N; --threads sets the threads of"
        + " each"
    ),
    (
      ["resume", "continue", "resume-from", "start-from"],
      "leave it out; the same command with the same --out resumes a job"
    ),
    (["dry-run", "dryrun", "simulate"], "use 'diffuse-mpi plan' to see what a job would do"),
    (
      ["prompt", "p", "text", "negative-prompt"],
      "these models generate by class, not by text; choose with --classes"
    ),
    (
      [
        "size", "resolution", "res", "width", "height", "w", "h-size", "img-size",
      ],
      "the model determines the size of its images; leave it out"
    ),
    (
      ["config", "cfg-file", "yaml"], "settings are given as options; see 'diffuse-mpi help sample'"
    ),
  ]
}
