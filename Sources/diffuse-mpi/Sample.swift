import ArgumentParser
import Program

/// `diffuse-mpi sample`, the default: generates images.
struct Sample: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Generate images (the default command).",
    discussion: """
      Writes numbered PNG files, their labels and seeds (metadata.jsonl), every setting (job.json) \
      and a contact sheet. An image depends on the networks, its label, its seed and the settings \
      alone, never on the number of ranks or threads. The same command continues a job that has \
      ended early.
      """)

  @OptionGroup var job: JobOptions

  func run() throws {
    try JobRun(job.request(), job.settings).run()
  }
}
