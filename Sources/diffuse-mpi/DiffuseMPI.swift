import ArgumentParser
import Job
import Program

/// The command line.
struct DiffuseMPI: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "diffuse-mpi",
    abstract: "Generate class-conditional images with guided diffusion, on many processes.",
    discussion: """
      Without options, 100 images of the bundled model are written to the folder 'samples'. To use \
      several processes or machines, start the program with mpirun -n N, or with srun --mpi=pmix.

      MOST USED OPTIONS ('diffuse-mpi help sample' lists all):
        --model FILE             checkpoint of the model, or a bundled model's name
        --classifier FILE        checkpoint of the classifier that guides sampling
        --num-samples N          number of images
        --per-class N            number of images of each class
        --classes LIST           classes to generate, such as 1,2,5-10
        --steps N                number of sampling steps, or ddim25
        --out FOLDER             output folder; an unfinished job is resumed

      Sampling commands of openai/guided-diffusion work as they are, for example \
      diffuse-mpi $MODEL_FLAGS --model_path FILE --timestep_respacing 250.

      Exit codes: 0 complete, 64 usage error, 65 bad data in a file, 66 input not readable, 70 \
      internal error or system limit, 73 output not writable, 75 interrupted.
      """,
    version: ProgramVersion.current,
    subcommands: [
      Sample.self, Models.self, Inspect.self, Plan.self, Noise.self, Encode.self, Decode.self,
      Compare.self,
      Verify.self, Status.self, Merge.self, ShowCache.self,
    ],
    defaultSubcommand: Sample.self)

  /// The label of the parser's errors, which is the same as for all other errors.
  static let _errorLabel = "error"
}

extension Console {
  /// Prints an error, or the help that it stands for, and ends the process with its exit code.
  static func exit(on error: any Error) -> Never {
    let failure = error as? Failure
    exit(
      failure.map { "error: \($0)" } ?? DiffuseMPI.fullMessage(for: error),
      code: failure?.status.rawValue ?? DiffuseMPI.exitCode(for: error).rawValue)
  }
}
