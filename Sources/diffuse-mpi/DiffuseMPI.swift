import ArgumentParser
import Job

/// The command line.
struct DiffuseMPI: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "diffuse-mpi",
    abstract: "Generate class-conditional images with guided diffusion, on many processes.",
    discussion: """
      Without arguments: 100 images of the bundled model, into the folder samples. Start it under \
      mpirun, or srun --mpi=pmix, to use several processes or machines. The options are listed by \
      'diffuse-mpi help sample'.

      Exit codes: 0 all images written, 64 wrong usage, 65 bad data in a file, 66 file not \
      readable, 70 internal error, 73 cannot write, 75 interrupted.
      """,
    version: ProgramVersion.current,
    subcommands: [Sample.self, Inspect.self, Plan.self, Verify.self, Status.self, ShowCache.self],
    defaultSubcommand: Sample.self)

  /// Errors of the parser begin as all others do.
  static let _errorLabel = "error"
}
