import CKernels
import Threads

/// The threads that a rank computes with, and where they run.
package struct ThreadAssignment: Sendable, Codable, Equatable {
  /// How threads are kept to processors.
  package enum Pinning: String, Sendable, CaseIterable {
    /// Each rank's threads move among the rank's own processors.
    case ranks
    /// Each thread stays on one of them.
    case threads
    /// They go wherever the system puts them.
    case off
  }

  package let host: String
  package let threads: Int
  /// The only processors the threads run on; none where the system chooses.
  package let processors: [Int]
  /// Whether thread i stays on `processors[i]`.
  package let isPinned: Bool

  /// - Parameters:
  ///   - threads: nil for the rank's share.
  ///   - pinning: nil for `ranks` where the threads fill the share, else `off`: another job may
  ///     have been given the rest.
  package init(
    _ share: ProcessorShare, host: String, threads: Int? = nil, pinning: Pinning? = nil
  ) {
    self.host = host
    self.threads = threads ?? share.threads
    let pinning = pinning ?? (self.threads == share.threads ? .ranks : .off)
    processors = pinning == .off ? [] : share.processors
    isPinned = pinning == .threads && self.threads <= processors.count
  }

  /// Keeps the calling thread, which is to sample, and the threads it will compute with to
  /// `processors`.
  package func applyAffinity() {
    if isPinned {
      ThreadAffinity.pin(to: processors)
    } else if !processors.isEmpty {
      ThreadAffinity.keep(to: processors)
    }
  }

  /// The number of threads to compute with: `threads`, or as many as the system allows now.
  ///
  /// Images do not depend on the number. OpenMP would end the process when a thread is refused.
  package var availableThreads: Int { 1 + BackgroundThread.available(upTo: threads - 1) }
}

/// On which processors the threads of a plan run.
///
/// Belongs to the thread that will make plans, before it makes the first: OpenMP's other threads
/// inherit from it. OMP_PLACES would do as well, but must be set before the program starts, when
/// nobody knows yet which ranks share a host's processors.
package enum ThreadAffinity {
  /// Lets all threads run on these processors alone.
  package static func keep(to processors: [Int]) {
    dmpi_keep_to(processors.map(Int32.init), Int32(processors.count))
  }

  /// Lets thread i run on `processors[i]` alone.
  package static func pin(to processors: [Int]) {
    dmpi_pin_team(processors.map(Int32.init), Int32(processors.count))
  }
}
