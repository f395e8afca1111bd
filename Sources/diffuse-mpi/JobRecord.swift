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
  /// By rank.
  let hosts: [String]

  init(_ job: ResolvedJob, placements: [Placement]) {
    settings = job.recipe.hash
    recipe = job.recipe
    timesteps = (try? job.recipe.makeSampler().diffusion.timesteps) ?? []
    plan = job.plan
    imageCount = job.plan.count
    hosts = placements.map(\.host)
  }
}
