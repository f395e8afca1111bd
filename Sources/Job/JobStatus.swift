/// How a job stands: what `status.json` holds.
package struct JobStatus: Sendable, Codable, Equatable {
  package enum State: String, Sendable, Codable, CaseIterable {
    /// Networks are being prepared; no image was started.
    case starting
    case running
    /// Nothing more is started; what is in work is finished.
    case draining
    /// The output folder cannot be written to; images are kept in memory.
    case waiting
    /// All images are there; what needs all of them is being written.
    case finishing
    /// All is there.
    case complete
    /// Ended before; the same command makes the rest.
    case incomplete
    /// Ended by an error.
    case failed
  }

  package struct Ranks: Sendable, Codable, Equatable {
    package var total: Int
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

  /// An image that is not made, because its numbers are not finite.
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
  /// Of them, those that were there when this run of the job began.
  package var doneBefore: Int
  /// Images kept in memory until they can be written.
  package var held: Int
  package var givenUp: [GivenUp]
  /// Nil while it is not known, like the time left.
  package var imagesPerSecond: Double?
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
