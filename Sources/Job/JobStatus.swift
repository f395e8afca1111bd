/// A job's status: what `status.json` holds.
package struct JobStatus: Sendable, Codable, Equatable {
  package enum State: String, Sendable, Codable, CaseIterable {
    /// Networks are being prepared; no image was started.
    case starting
    case running
    /// Nothing more is started; batches in progress are finished.
    case draining
    /// The output folder cannot be written to; images are kept in memory.
    case waiting
    /// All images exist; what is made from all of them is being written.
    case finishing
    case complete
    /// Ended by a signal; the same command continues it.
    case interrupted
    /// Ended early by something that may pass, as a full disk; the same command continues it.
    case incomplete
    /// Ended by an error.
    case failed

    /// Whether the job has ended.
    package var isOver: Bool {
      [.complete, .interrupted, .incomplete, .failed].contains(self)
    }
  }

  package struct Ranks: Sendable, Codable, Equatable {
    package var total: Int
    /// None once the job has ended.
    package var alive: Int
    /// Silent or dead.
    package var lost: [Int]
    /// The rank alive that has delivered least.
    package var slowest: Int?
    /// Its images, and how many a second that is.
    package var slowestCount: Int?
    package var slowestRate: Double?

    package init(
      total: Int, alive: Int, lost: [Int] = [], slowest: Int? = nil, slowestCount: Int? = nil,
      slowestRate: Double? = nil
    ) {
      self.total = total
      self.alive = alive
      self.lost = lost
      self.slowest = slowest
      self.slowestCount = slowestCount
      self.slowestRate = slowestRate
    }
  }

  /// An image that was skipped, because the network produced NaN or infinity.
  package struct GivenUp: Sendable, Codable, Equatable {
    package var index: Int
    package var reason: String

    package init(index: Int, reason: String) {
      self.index = index
      self.reason = reason
    }
  }

  package var state: State
  /// Images of the job.
  package var total: Int
  /// Images in the folder.
  package var done: Int
  /// Of them, those that existed when this run of the job began.
  package var doneBefore: Int
  /// Images kept in memory until they can be written.
  package var held: Int
  package var givenUp: [GivenUp]
  /// Nil while it is not known.
  package var imagesPerSecond: Double?
  /// Until all images exist, or, while the job drains, until the batches in progress do.
  package var secondsLeft: Double?
  package var ranks: Ranks
  /// The last thing that went wrong, if anything did.
  package var lastError: String?
  /// Times in ISO 8601.
  package var started: String?
  package var updated: String?
  /// Where rank 0 runs, and as which process.
  package var host: String?
  package var process: Int?
  /// Of the program, once it has ended.
  package var exitCode: Int?

  package init(
    state: State, total: Int, done: Int, doneBefore: Int, held: Int = 0, givenUp: [GivenUp] = [],
    imagesPerSecond: Double? = nil, secondsLeft: Double? = nil, ranks: Ranks,
    lastError: String? = nil
  ) {
    self.state = state
    self.total = total
    self.done = done
    self.doneBefore = doneBefore
    self.held = held
    self.givenUp = givenUp
    self.imagesPerSecond = imagesPerSecond
    self.secondsLeft = secondsLeft
    self.ranks = ranks
    self.lastError = lastError
  }
}
