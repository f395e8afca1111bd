import Arguments
import Testing

@Suite("Words that mean nothing to a command")
struct UnknownWordTests {
  /// swift-argument-parser's description of a program with three commands.
  private static let table = try! CommandTable(
    json: """
      {"command": {"commandName": "diffuse-mpi", "subcommands": [
        {"commandName": "sample", "arguments": [
          \(option("model")), \(option("model-flags")), \(option("classifier")),
          \(option("classifier-scale")), \(option("classes")), \(option("labels")),
          \(option("seeds")), \(option("num-samples")), \(option("per-class")), \(option("order")),
          \(option("steps")), \(option("sampler")), \(option("batch-size")), \(option("out")),
          \(option("precision")), \(option("threads")), \(option("pin")),
          \(option("weights-cache")), \(flag("grayscale")), \(flag("overwrite")),
          \(flag("npz")), \(flag("verbose")), \(flag("no-clip-denoised"))]},
        {"commandName": "status", "arguments": [
          {"kind": "positional", "shouldDisplay": true}, \(flag("json"))]},
        {"commandName": "inspect", "arguments": [
          {"kind": "positional", "shouldDisplay": true}, \(flag("tensors"))]},
        {"commandName": "models", "arguments": [
          {"kind": "positional", "shouldDisplay": true}]}]}}
      """, defaultCommand: "sample")

  private static func option(_ name: String) -> String {
    #"{"kind": "option", "shouldDisplay": true, "names": [{"kind": "long", "name": "\#(name)"}]}"#
  }

  private static func flag(_ name: String) -> String {
    option(name).replacing("option", with: "flag")
  }

  private func answer(_ typed: String) -> String? {
    UnknownWord(typed.split(separator: " ").map(String.init), in: Self.table)?.message
  }

  @Test(arguments: [
    ("--outdir x", "--out"), ("--output x", "--out"), ("-o x", "--out"),
    ("--out_dir=x", "--out"), ("--n 5", "--num-samples"), ("-n 5", "--num-samples"),
    ("--num-images 5", "--num-samples"), ("--cfg-scale 4", "--classifier-scale"),
    ("--guidance_scale 4", "--classifier-scale"), ("--scale 4", "--classifier-scale"),
    ("--seed 3", "--seeds"), ("--class 3", "--classes"), ("--label 3", "--labels"),
    ("--step 50", "--steps"), ("--num-inference-steps 50", "--steps"),
    ("--fp16", "--precision"), ("--dtype bf16", "--precision"), ("--bs 4", "--batch-size"),
    ("--ckpt a.pt", "--model"), ("--ddim", "--sampler ddim"), ("--gray", "--grayscale"),
    ("--force", "--overwrite"), ("--scheduler ddim", "--sampler"),
    ("--model-path a.pt", "--model"), ("--timestep-respacing 250", "--steps"),
    ("--attention-resolutions 16", "--attention_resolutions"),
  ])
  func `an option of another program gets our equivalent as a suggestion`(
    typed: String, meant: String
  ) {
    #expect(answer(typed)?.hasSuffix("did you mean \(meant)?") == true)
  }

  @Test(arguments: [
    ("--num-sample 5", "--num-samples"), ("--numSamples 5", "--num-samples"),
    ("--batchsize 5", "--batch-size"), ("--precison f32", "--precision"),
    ("--STEPS 5", "--steps"), ("--no-clip", "--no-clip-denoised"), ("-model x", "--model"),
    ("--use_ddin True", "--use_ddim"), ("--attention_resolution 16", "--attention_resolutions"),
    ("--per_clas 3", "--per-class"),
  ])
  func `a mistyped option gets the nearest one as a suggestion`(typed: String, meant: String) {
    #expect(answer(typed)?.hasSuffix("did you mean \(meant)?") == true)
  }

  @Test(arguments: ["--bogus", "--frobnicate 3", "--x", "-x", "--quantum 5"])
  func `a word that is not close to any option gets no suggestion`(typed: String) {
    let text = answer(typed)
    #expect(text?.contains("did you mean") == false)
    #expect(text?.contains("'diffuse-mpi help sample' lists the options") == true)
  }

  @Test(arguments: [
    ("--gpu 0", "CPUs only"), ("--device cuda", "CPUs only"), ("--cuda", "CPUs only"),
    ("--workers 4", "mpirun -n N"), ("--resume", "same command"), ("--dry-run", "plan"),
    ("--prompt cat", "--classes"), ("--json", "an option of 'diffuse-mpi status'"),
    ("--tensors", "an option of 'diffuse-mpi inspect'"), ("a.pt", "--model a.pt"),
    ("--classes 1 2 3", "commas"),
  ])
  func `an option for something that the program does differently gets an explanation`(
    typed: String, says: String
  ) {
    #expect(answer(typed)?.contains(says) == true)
  }

  @Test(arguments: [
    ("sampel", "did you mean 'sample'?"), ("generate", "did you mean 'sample'?"),
    ("run --steps 5", "did you mean 'sample'?"), ("inspct x", "did you mean 'inspect'?"),
    ("classifier_sample.py", "did you mean 'sample'?"), ("help sampel", "'sample'?"),
    ("resume x", "started the job again"), ("ls", "did you mean 'models'?"),
    ("list", "did you mean 'models'?"), ("train", "does not train"),
    ("foo", "the commands are sample, status, inspect, models"),
  ])
  func `an unknown command gets the nearest one, or all of them, as a suggestion`(
    typed: String, says: String
  ) {
    let text = answer(typed)
    #expect(text?.hasPrefix("unknown command '") == true)
    #expect(text?.contains(says) == true)
  }

  @Test(arguments: [
    "", "--steps 5", "sample --steps=5 --verbose", "--model-flags --bogus", "--seeds -1",
    "inspect x --tensors", "status x", "--steps 5 -- --bogus", "help", "help sample",
  ])
  func `words that the command knows are passed to the parser`(typed: String) {
    #expect(answer(typed) == nil)
  }
}
