/// The status of a job, as stored in `status.json`.
package struct JobStatus: Sendable, Codable, Equatable {
  package enum State: String, Sendable, Codable, CaseIterable {
    /// Networks are being prepared. No image has been started.
    case starting
    case running
    /// No more images are started. Batches in progress are being finished.
    case draining
    /// The output folder cannot be written to. Images are kept in memory.
    case waiting
    /// All images exist. Files that need all of them are being written.
    case finishing
    case complete
    /// Ended by a signal. The same command resumes it.
    case interrupted
    /// Ended early by something that may pass, such as a full disk. The same command resumes it.
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
    /// 0 once the job has ended.
    package var alive: Int
    /// The ranks that are silent or dead.
    package var lost: [Int]
    /// The living rank that has delivered the fewest images.
    package var slowest: Int?
    /// Its number of images, and of images per second.
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
  /// The number of images in the job.
  package var total: Int
  /// The number of images in the folder.
  package var done: Int
  /// The number of images that existed when this run of the job began. Included in `done`.
  package var doneBefore: Int
  /// The number of images kept in memory until they can be written.
  package var held: Int
  package var givenUp: [GivenUp]
  /// `nil` while the rate is not known.
  package var imagesPerSecond: Double?
  /// The time until all images exist or, while the job drains, until the batches in progress are
  /// done.
  package var secondsLeft: Double?
  package var ranks: Ranks
  /// The last error, if there was one.
  package var lastError: String?
  /// Times in ISO 8601.
  package var started: String?
  package var updated: String?
  /// The host of rank 0, and its process ID.
  package var host: String?
  package var process: Int?
  /// The exit code of the program, once it has ended.
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
