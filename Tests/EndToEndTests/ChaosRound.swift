import Foundation
import TestSupport
import Testing

/// One job that is disturbed at random moments, and restarted until its status is complete.
///
/// All random decisions follow from the seed. The timing of the machine is still random.
struct ChaosRound {
  /// An event that disturbs a running job.
  enum Disturbance: CaseIterable {
    case none, killWorker, killCoordinator, stopWorker, killLauncher
    case terminate, interrupt, drain, fillDisk
  }

  static let imageCount = 300
  /// The options that determine the images.
  static let images = ["--num-samples", "\(imageCount)", "--batch-size", "7"]
  private static let options = images + ["--painting", "30", "--lease", "1", "--disk-wait", "0.05"]
  /// The options for the output format.
  static let forms = [
    ["--layout", "flat"], ["--layout", "subdirs"], ["--layout", "classes"],
    ["--layout", "subdirs", "--write", "ranks"], ["--format", "tar", "--shard-size", "37"],
    ["--format", "tar", "--shard-size", "100", "--grayscale", "--npz"],
  ]
  /// The time limit of a start. A job that takes longer hangs.
  private static let limit = Duration.seconds(120)
  private static let mostStarts = 40

  let seed: UInt64
  let form: [String]
  private let ranks: Int
  private let recovers: Bool
  private let disturbances: Int
  private var generator: SeededGenerator

  /// A record of disturbances and their effects, for reports of failures.
  private(set) var story: [String] = []

  init(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    self.seed = seed
    form = Self.forms.randomElement(using: &generator)!
    ranks = .random(in: 2...5, using: &generator)
    recovers = Bool.random(using: &generator)
    disturbances = .random(in: 4...8, using: &generator)
    self.generator = generator
    story = ["seed \(seed): \(form.joined(separator: " ")), \(ranks) ranks, recovery \(recovers)"]
  }

  /// Starts the job until it is complete.
  ///
  /// - Parameter disk: a folder on its own small file system, or any folder if disks cannot be
  ///   filled.
  mutating func run(on disk: URL, isSmall: Bool) async throws -> JobFolder {
    let folder = JobFolder(url: disk.appending(path: "job"))
    for start in 0..<Self.mostStarts {
      let kind =
        start < disturbances
        ? Disturbance.allCases.randomElement(using: &generator)! : .none
      let disturbance = kind == .fillDisk && !isSmall ? .drain : kind
      let delay = Double.random(in: 0.05...2, using: &generator)
      let pause = Double.random(in: 0.1...2.5, using: &generator)
      let victim = Int.random(in: 1..<ranks, using: &generator)
      let result = try await self.start(in: folder.url) { launcher in
        try await Task.sleep(for: .seconds(delay))
        try await Self.disturb(
          disturbance, launcher: launcher, victim: victim, pause: pause, disk: disk)
      }
      story.append("\(disturbance) after \(delay) s: \(result.status)\n\(result.errors)")
      try #require(!result.timedOut, "a job hangs\n\(story.joined(separator: "\n"))")
      if try await isComplete(folder) { return folder }
    }
    throw TestSetupError("never complete\n\(story.joined(separator: "\n"))")
  }

  private func start(
    in folder: URL, whileRunning: (Int32) async throws -> Void
  ) async throws -> TestProcess.Result {
    try await TestProcess.mpirun(
      ranks: ranks, BuiltProgram.url("diffuse-mpi"),
      Self.options + form + ["--out", folder.path],
      launcherOptions: recovers ? ["--enable-recovery"] : [], timeout: Self.limit,
      whileRunning: whileRunning)
  }

  private func isComplete(_ folder: JobFolder) async throws -> Bool {
    // The coordinator may run for a moment longer than its launcher.
    try await Processes.waitForEnd(naming: folder.url.path)
    return try await Program.run(["status", folder.url.path]).status == 0
  }

  /// - Parameter pause: the duration in seconds of a disturbance that can be undone.
  private static func disturb(
    _ disturbance: Disturbance, launcher: Int32, victim: Int, pause: Double, disk: URL
  ) async throws {
    let ranks = Processes.children(of: launcher)
    let worker = ranks.indices.contains(victim) ? ranks[victim] : nil
    switch disturbance {
    case .none: break
    case .killWorker: if let worker { kill(worker, SIGKILL) }
    case .killCoordinator: if let first = ranks.first { kill(first, SIGKILL) }
    case .stopWorker:
      guard let worker else { return }
      kill(worker, SIGSTOP)
      try await Task.sleep(for: .seconds(pause))
      kill(worker, SIGCONT)
    case .killLauncher: kill(launcher, SIGKILL)
    case .terminate: kill(launcher, SIGTERM)
    case .interrupt: kill(launcher, SIGINT)
    case .drain: kill(launcher, SIGUSR1)
    case .fillDisk:
      let filler = disk.appending(path: "filler")
      _ = try? await TestProcess.run(
        URL(filePath: "/bin/dd"), ["if=/dev/zero", "of=\(filler.path)", "bs=64k"])
      try await Task.sleep(for: .seconds(pause))
      try? FileManager.default.removeItem(at: filler)
    }
  }
}
