import Job

/// A job to be simulated.
package struct Scenario: Sendable {
  package enum Writer: String, Sendable, CaseIterable {
    case coordinator
    case ranks
  }

  package var rankCount: Int
  package var imageCount: Int
  package var batchSize = 4
  package var writer = Writer.coordinator
  /// That an image takes a rank, on average; a batch takes as long as its images one by one.
  package var secondsPerImage = 1.0
  /// Standard deviation of the logarithm of the time that a batch takes.
  package var spread = 0.1
  /// The part of the ranks that are three times slower.
  package var slowPart = 0.0
  /// The part of the ranks that are killed in the course of the job.
  package var deathPart = 0.0
  /// Whether MPI tells of deaths, as with ULFM; else leases do.
  package var tellsDeaths = false
  /// The part of the ranks that stand still once, for a lease and a half.
  package var stopPart = 0.0
  package var lease = Lease()
  package var times = ServiceTimes()
  package var seed: UInt64 = 0

  package init(ranks: Int, images: Int) {
    rankCount = ranks
    imageCount = images
  }

  /// Seconds that the job would take if no rank ever waited nor failed.
  package var idealSeconds: Double {
    Double(imageCount) * secondsPerImage / Double(rankCount)
  }
}
