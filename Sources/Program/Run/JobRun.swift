import Cache
import Compute
import Coordinator
import Foundation
import Job
import Logging
import Machine
import Messaging
import Output
import Recipe
import Terminal
import Worker

/// One start of a job, as executed by each of its processes.
package struct JobRun {
  private let request: JobRequest
  private let settings: RunSettings

  package init(_ request: JobRequest, _ settings: RunSettings) {
    self.request = request
    self.settings = settings
  }

  /// Generates the missing images, and ends the process.
  ///
  /// - Throws: a `Failure` if MPI does not start.
  package func run() throws -> Never {
    InterruptSignal.install()
    Console.isQuiet = settings.isQuiet
    // An exceeded limit on file sizes then becomes an error about the file.
    signal(SIGXFSZ, SIG_IGN)
    let session = try startSession()
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

  private func startSession() throws -> MPISession {
    do {
      return try MPISession()
    } catch {
      throw Failure(explaining: error)
    }
  }

  private func sample(over communicator: Communicator) throws -> ExitStatus {
    let rank = communicator.rank
    let logger = makeLogger(rank: rank)
    let start = ContinuousClock.now
    if let name = settings.instructionSet { _ = Processor.limitInstructions(to: name) }
    var coordinatorProcess: CoordinatorProcess?
    // The plan stays on rank 0. Workers receive the label and seed of each image to generate.
    let shared = try communicator.share { () -> SamplingRecipe? in
      coordinatorProcess = try CoordinatorProcess(unlessEmpty: request, settings)
      return coordinatorProcess?.job.recipe
    }
    guard let recipe = shared else { return .success }
    var placement = Placement.current
    placement.instructionSet = Processor.instructionSet
    let placements = try communicator.gather(placement)
    let teams = settings.teams(placements)
    let team = teams[rank]
    let weights = try communicator.share {
      if let warning = try InstructionSets(placements).warning(limit: settings.instructionSet) {
        Console.note(warning)
      }
      try MemoryCheck(
        recipe, sharesWeights: settings.cache.folder != nil, placements: placements, teams: teams
      ).check()
      return NetworkCost(recipe).weights
    }
    logger.debug(
      """
      \(TeamsText([team]).text), \(Processor.instructionSet), oneDNN \(Processor.libraryVersion)
      """)
    let missing = try communicator.share { try coordinatorProcess?.open(teams) ?? 0 }
    let trajectories = try communicator.share { coordinatorProcess?.trajectories ?? [] }
    if missing == 0 {
      coordinatorProcess?.reportComplete(teams)
      return .success
    }

    if let coordinatorProcess {
      let hosts = HostLoad.all(of: placements, teams: teams)
      let work = coordinatorProcess.work(missing: missing, weights: weights)
      let warnings = [settings.cache.warning].compactMap(\.self).map(OptionNames.text)
      for warning in warnings + StartWarnings(hosts, work).all { Console.note(warning) }
    }
    let postbox = MPIPostbox(communicator)
    let agreement =
      settings.painting == nil
      ? try WeightsAgreement(
        recipe, threads: team.threads, cache: settings.cache.folder?.near(memory: team.memory),
        over: communicator, doorbell: postbox.doorbell) : nil
    let coordinator = coordinatorProcess?.dispatcher(postbox, teams, since: start)
    let ownCopies = StartWarnings.ownCopies(ranks: teams.count, weights: weights)
    let worker = worker(
      recipe, trajectories, postbox, team, agreement?.sharing, ownCopies, logger, since: start)
    let relay = agreement?.relay(postbox, lease: settings.lease) { worker.outcome }
    let participants: [(any Participant)?] = [coordinator, worker, relay]
    defer { coordinatorProcess?.waitForWriters() }
    let status = try EventLoop(postbox).run(participants.compactMap(\.self))
    if let lastWords = worker.lastWords { Console.note(lastWords) }
    if let coordinator { coordinatorProcess?.report(coordinator, made: missing, since: start) }
    if status == .success || status == .badData { PartialImage.removeRecent() }
    return status
  }

  private func worker(
    _ recipe: SamplingRecipe, _ trajectories: Set<Int>, _ postbox: MPIPostbox,
    _ team: ThreadAssignment, _ sharing: PackedSharing?, _ ownCopies: String, _ logger: Logger,
    since start: ContinuousClock.Instant
  ) -> BatchWorker {
    let clock = ActivityClock()
    let writing =
      settings.ranksWrite
      ? FileWritingMaker.Settings(
        folder: SliceFolders.path(of: request.slice, in: settings.out), rank: postbox.rank,
        patience: settings.diskPatience, clock: clock,
        text: OptionNames.text)
      : nil
    let (painting, format) = (settings.painting, request.format)
    let explain: @Sendable (any Error) -> Failure = { Failure(explaining: $0) }
    return BatchWorker(
      postbox: postbox, lease: settings.lease, clock: clock, failure: explain
    ) { [cache = settings.cache.folder?.near(memory: team.memory)] note in
      team.applyAffinity()
      if let painting {
        let maker = PaintingMaker(
          recipe, isGrayscale: format.isGrayscale, keepsBase: format.keepsBase == true,
          delay: painting / 1000)
        return writing.map { FileWritingMaker(maker, $0, note: note) } ?? maker
      }
      let threads = team.availableThreads(note: note)
      let maker: any ImageMaker
      let workingBytes: Int
      if let decoding = recipe.decoding {
        let engine = try DecodingEngine(
          recipe, decoding, threads: threads, cache: cache, ownCopies: ownCopies,
          sharing: sharing, isGrayscale: format.isGrayscale,
          note: { note(OptionNames.text($0)) })
        (maker, workingBytes) = (engine, engine.workingBytes)
      } else {
        let engine = try SamplingEngine(
          recipe, threads: threads, cache: cache, ownCopies: ownCopies, sharing: sharing,
          isGrayscale: format.isGrayscale, keepsBase: format.keepsBase == true,
          trajectories: trajectories, note: { note(OptionNames.text($0)) })
        (maker, workingBytes) = (engine, engine.workingBytes)
      }
      logger.debug(
        """
        networks ready after \(ContinuousClock.now - start), \
        \(ByteText.memory(workingBytes)) of activations
        """)
      return writing.map { FileWritingMaker(maker, $0, note: note) } ?? maker
    }
  }

  private func makeLogger(rank: Int) -> Logger {
    var logger = Logger(label: "diffuse-mpi rank \(rank)") {
      StreamLogHandler(label: $0, stream: LogStream())
    }
    logger.logLevel = settings.isVerbose ? .debug : .warning
    return logger
  }
}

/// Standard error, for the log.
private struct LogStream: TextOutputStream, Sendable {
  func write(_ text: String) { StandardStream.error.write(text) }
}
