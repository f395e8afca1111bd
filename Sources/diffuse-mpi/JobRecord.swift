import Compute
import Foundation
import Job
import Messaging
import Worker

/// What job.json holds: every setting that the images depend on, and where they were made.
struct JobRecord: Encodable {
  let program = "diffuse-mpi"
  let version = ProgramVersion.current
  let commandLine = CommandLine.arguments
  let started = ISO8601DateFormatter().string(from: Date())
  /// As in the text chunks of the images.
  let settings: String
  let recipe: SamplingRecipe
  /// The trained timesteps that are kept, ascending.
  let timesteps: [Int]
  let plan: ImagePlan
  let imageCount: Int
  let instructionSet = Processor.instructionSet
  let oneDNN = Processor.libraryVersion
  /// By rank, like the next two.
  let hosts: [String]
  let threads: [Int]
  /// The processors that a rank's threads keep to: `0-3,8`, or nothing.
  let processors: [String]

  init(_ job: ResolvedJob, teams: [Team]) {
    settings = job.recipe.hash
    recipe = job.recipe
    timesteps = (try? job.recipe.makeSampler().diffusion.timesteps) ?? []
    plan = job.plan
    imageCount = job.plan.count
    hosts = teams.map(\.host)
    threads = teams.map(\.threads)
    processors = teams.map(\.processorList)
  }
}
