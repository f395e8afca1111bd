import Machine
import Messaging
import Program
import Testing

@Suite struct StartWarningsTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var ranks = 1
    var threads = 1
    var usable: Int
    var available: Int?
    var isSlurm = false
    var images = 1000
    var batchSize = 10
    var isContinued = false
    var threadsOption: Int?
    var ownWeights: Int?
    /// Parts of each warning, in order.
    var says: [[String]] = []

    var testDescription: String { "\(ranks) × \(threads) on \(usable): \(says)" }

    var warnings: [String] {
      let host = HostLoad(
        host: "a", ranks: ranks, threads: ranks * threads, usable: usable,
        available: available ?? usable, isSlurm: isSlurm)
      let work = StartWarnings.Work(
        images: images, batchSize: batchSize, isBatchSizeFixed: isContinued,
        threadsOption: threadsOption, ownWeights: ownWeights)
      return StartWarnings([host], work).all
    }

    func expectRight() {
      let warnings = warnings
      #expect(warnings.count == says.count, "\(warnings)")
      for (warning, parts) in zip(warnings, says) {
        #expect(warning.hasPrefix("warning: "))
        for part in parts { #expect(warning.contains(part), "\(warning)") }
      }
    }
  }

  @Test(arguments: [
    Case(threads: 2, usable: 2), Case(ranks: 2, usable: 2), Case(ranks: 4, threads: 2, usable: 8),
    Case(usable: 1), Case(threads: 2, usable: 2, images: 1),
    Case(ranks: 2, usable: 2, images: 11), Case(threads: 2, usable: 2, ownWeights: 1 << 30),
    // CPUs that the user leaves to other programs.
    Case(threads: 1, usable: 8, threadsOption: 1),
  ])
  func `a job that uses all CPUs and ranks gets no warning`(test: Case) { test.expectRight() }

  @Test(arguments: [
    Case(usable: 1, available: 8, says: [["only 1 of 8 CPUs will be used", "--bind-to none"]]),
    Case(ranks: 2, usable: 2, available: 8, says: [["only 2 of 8 CPUs", "--bind-to none"]]),
    Case(
      ranks: 2, usable: 2, available: 8, isSlurm: true,
      says: [["only 2 of 8 CPUs", "--cpus-per-task=4", "SRUN_CPUS_PER_TASK=4"]]),
    // Bound, with more threads than the binding allows.
    Case(
      threads: 4, usable: 1, available: 8, threadsOption: 4,
      says: [["4 threads of 1 rank share 1 CPU", "--bind-to none"]]),
  ])
  func `a warning counts the CPUs that a launcher's binding leaves idle, with its remedy`(
    test: Case
  ) { test.expectRight() }

  @Test(arguments: [
    Case(ranks: 3, threads: 2, usable: 8, says: [["only 6 of 8 CPUs", "use 2 or 4 ranks"]]),
    Case(ranks: 5, usable: 6, says: [["only 5 of 6 CPUs", "use 3 or 6 ranks"]]),
  ])
  func `a warning counts the CPUs that do not divide among the ranks, with numbers that do`(
    test: Case
  ) { test.expectRight() }

  @Test(arguments: [
    Case(
      ranks: 12, usable: 2,
      says: [["12 threads of 12 ranks share 2 CPUs", "start at most 2 ranks"]]),
    Case(
      threads: 8, usable: 2, threadsOption: 8,
      says: [["8 threads of 1 rank share 2 CPUs", "use --threads 2, or leave it out"]]),
    Case(
      ranks: 2, threads: 8, usable: 4, threadsOption: 8,
      says: [["16 threads of 2 ranks share 4 CPUs", "use --threads 2, or leave it out"]]),
    Case(
      ranks: 4, threads: 2, usable: 2, threadsOption: 2,
      says: [["8 threads of 4 ranks share 2 CPUs", "start at most 2 ranks"]]),
    Case(
      ranks: 2, usable: 1, says: [["2 threads of 2 ranks share 1 CPU,", "start at most 1 rank"]]),
  ])
  func `a warning about more threads than CPUs gives the ranks or threads that fit`(test: Case) {
    test.expectRight()
  }

  @Test(arguments: [
    Case(
      ranks: 2, usable: 2, images: 10,
      says: [
        ["1 of 2 ranks will be idle", "10 images make 1 batch of up to 10", "--batch-size 5"]
      ]),
    Case(
      ranks: 2, usable: 2, images: 4, says: [["1 of 2 ranks", "--batch-size 2 would use all"]]),
    Case(
      ranks: 4, usable: 4, images: 9, says: [["3 of 4 ranks", "--batch-size 2 would use all"]]),
    Case(
      ranks: 3, usable: 3, images: 25, batchSize: 20,
      says: [["1 of 3 ranks", "25 images make 2 batches", "--batch-size 9 would use all"]]),
    Case(
      ranks: 3, usable: 3, images: 2,
      says: [["2 of 3 ranks", "--batch-size 1 would use 2 of them"]]),
  ])
  func `a warning counts the ranks without a batch, with the batch size that uses all`(test: Case) {
    test.expectRight()
  }

  @Test(arguments: [
    Case(ranks: 2, usable: 2, images: 4, isContinued: true),
    Case(ranks: 4, usable: 4, images: 2, batchSize: 1),
  ])
  func `no other batch size is proposed if it cannot be changed or would not help`(test: Case) {
    #expect(test.warnings.count == 1 && test.warnings[0].contains("will be idle"))
    #expect(!test.warnings[0].contains("--batch-size"))
  }

  @Test(arguments: 2...20)
  func `every proposed batch size gives each rank a batch`(ranks: Int) throws {
    for images in ranks...120 {
      let test = Case(ranks: ranks, usable: ranks, images: images, batchSize: 4096)
      let warning = try #require(test.warnings.first)
      let size = try #require(
        warning.firstMatch(of: /--batch-size (\d+)/).flatMap { Int($0.1) } as Int?)
      #expect((images + size - 1) / size >= ranks)
    }
  }

  @Test
  func `a warning adds up the copies of the weights that ranks could share`() {
    let test = Case(
      ranks: 32, usable: 32, ownWeights: 2_900_000_000, says: [["32 × 2.9 GB = 93 GB"]])
    test.expectRight()
    #expect(
      StartWarnings.ownCopies(ranks: 2, weights: 20_000_000).contains("2 × 0.02 GB = 0.04 GB"))
  }

  @Test
  func `with several hosts, the warning names the first one concerned`() {
    let hosts = ["a", "b"].map {
      HostLoad(host: $0, ranks: 1, threads: 1, usable: 1, available: $0 == "a" ? 1 : 16)
    }
    let warnings = StartWarnings(hosts, .init(images: 100, batchSize: 1)).all
    #expect(warnings.count == 1 && warnings[0].contains("only 1 of 16 CPUs will be used on b"))
  }
}
