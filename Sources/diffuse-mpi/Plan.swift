import ArgumentParser
import Cache
import Job
import Messaging

/// `diffuse-mpi plan`: what a job would do.
struct Plan: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show what would be done, and run nothing.",
    discussion: "Takes the options of a job.")

  @OptionGroup(title: "Networks") var networks: NetworkOptions
  @OptionGroup(title: "Images") var images: ImageOptions
  @OptionGroup(title: "Sampling") var sampling: SamplingOptions
  @OptionGroup(title: "Output") var output: OutputOptions
  @OptionGroup(title: "Running") var running: RunOptions

  func run() throws {
    guard Console.isFirstRank else { return }
    let hashes = FileHashes(running.cache.folder)
    let job = try ResolvedJob(networks, images, sampling, output, hashes: hashes)
    job.notes.forEach(Console.note)
    let text = PlanText(
      job, out: running.out, cache: running.cache.folder, team: running.teams([.current])[0])
    print(text.text)
  }
}
