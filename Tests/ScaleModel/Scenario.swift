import Job

/// The parameters of a simulated job.
package struct Scenario: Sendable {
  package enum Writer: String, Sendable, CaseIterable {
    case coordinator
    case ranks
  }

  package var rankCount: Int
  package var imageCount: Int
  package var batchSize = 4
  package var writer = Writer.coordinator
  /// The mean time that a rank needs for an image. The time of a batch is the sum over its images.
  package var secondsPerImage = 1.0
  /// The standard deviation of the logarithm of the time of a batch.
  package var spread = 0.1
  /// The fraction of the ranks that are three times slower.
  package var slowPart = 0.0
  /// The fraction of the ranks that are killed during the job.
  package var deathPart = 0.0
  /// Whether MPI reports deaths, as with ULFM. Otherwise they are noticed when leases expire.
  package var tellsDeaths = false
  /// The fraction of the ranks that are stopped once, for one and a half leases.
  package var stopPart = 0.0
  package var lease = Lease()
  package var times = ServiceTimes()
  package var seed: UInt64 = 0

  package init(ranks: Int, images: Int) {
    rankCount = ranks
    imageCount = images
  }

  /// The duration in seconds if no rank ever waited or failed.
  package var idealSeconds: Double {
    Double(imageCount) * secondsPerImage / Double(rankCount)
  }
}
