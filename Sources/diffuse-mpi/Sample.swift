import ArgumentParser
import Cache
import Compute
import Coordinator
import Foundation
import Job
import Logging
import Messaging
import Output
import Worker

/// `diffuse-mpi sample`, the default: makes images.
struct Sample: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Generate images (the default command).",
    discussion: """
      Writes numbered PNG files, their labels and seeds (metadata.jsonl), every setting (job.json) \
      and a contact sheet. An image depends on the networks, its label, its seed and the settings \
      alone, never on the number of ranks or threads.
      """)

  @OptionGroup(title: "Networks") var networks: NetworkOptions
  @OptionGroup(title: "Images") var images: ImageOptions
  @OptionGroup(title: "Sampling") var sampling: SamplingOptions

  @OptionGroup(title: "Running") var running: RunOptions

  func run() throws {
    InterruptSignal.install()
    // A limit on the size of files is then an error of the file that meets it.
    signal(SIGXFSZ, SIG_IGN)
    let session = try MPISession()
    let status: ExitStatus
    do {
      status = try sample(over: session.communicator)
    } catch {
      let failure = Failure(explaining: error)
      if session.communicator.rank == 0 { Console.note("error: \(failure)") }
      status = failure.status
    }
    session.end(with: status)
  }

  private func sample(over communicator: Communicator) throws -> ExitStatus {
    let rank = communicator.rank
    let logger = makeLogger(rank: rank)
    let start = ContinuousClock.now
    var folder: OutputFolder?
    let job = try communicator.share {
      let job = try ResolvedJob(
        networks, images, sampling, hashes: FileHashes(running.cache.folder))
      do {
        folder = try OutputFolder(creating: running.out)
      } catch {
        throw Failure(error, otherwise: .cannotWrite)
      }
      return job
    }
    let teams = try running.teams(Placement.gather(over: communicator))
    let team = teams[rank]
    logger.debug(
      """
      \(TeamsText([team]).text), \(Processor.instructionSet), oneDNN \(Processor.libraryVersion)
      """)

    let postbox = MPIPostbox(communicator)
    var participants: [any Participant] = []
    if let folder {
      Console.note("\(job.summary), \(TeamsText(teams).text)")
      if let warning = job.warning { Console.note(warning) }
      participants.append(dispatcher(job, folder, postbox, teams))
    }
    participants.append(
      BatchWorker(postbox: postbox) { [cache = running.cache.folder] note in
        team.takePlaces()
        let engine = try SamplingEngine(
          job.recipe, threads: team.threads, cache: cache, note: note)
        logger.debug(
          """
          networks ready after \(ContinuousClock.now - start), \
          \(engine.workingBytes >> 20) MiB of activations
          """)
        return engine
      })
    let status = try EventLoop(postbox).run(participants)
    if let folder, status == .success { report(folder, job, since: start) }
    return status
  }

  private func dispatcher(
    _ job: ResolvedJob, _ folder: OutputFolder, _ postbox: MPIPostbox, _ teams: [Team]
  ) -> Dispatcher {
    let record = JobRecord(job, teams: teams)
    let sink = FolderSink(folder: folder, plan: job.plan, classNames: job.classNames) {
      try $0.writeJob(record)
    }
    return Dispatcher(
      plan: job.plan, batchSize: job.recipe.batchSize, postbox: postbox, sink: sink,
      hosts: teams.map(\.host),
      display: ProgressDisplay(.detect(), total: job.plan.count, rankCount: teams.count))
  }

  private func report(
    _ folder: OutputFolder, _ job: ResolvedJob, since start: ContinuousClock.Instant
  ) {
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    let rate = Double(job.plan.count) / seconds
    print(
      """
      \(job.plan.count) images in \(String(format: "%.1f", seconds)) s \
      (\(String(format: "%.2f", rate)) a second)
      images:        \(folder.imagesPath)
      contact sheet: \(folder.contactSheetPath)
      """)
  }

  private func makeLogger(rank: Int) -> Logger {
    var logger = Logger(label: "diffuse-mpi rank \(rank)") {
      StreamLogHandler.standardError(label: $0)
    }
    logger.logLevel = running.verbose ? .debug : .warning
    return logger
  }
}
