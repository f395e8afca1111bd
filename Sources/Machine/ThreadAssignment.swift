import CKernels
import Threads

/// The threads that a rank computes with, and the processors that they run on.
package struct ThreadAssignment: Sendable, Codable, Equatable {
  /// How threads are bound to processors.
  package enum Pinning: String, Sendable, CaseIterable {
    /// Each rank's threads move among the rank's own processors.
    case ranks
    /// Each thread stays on one processor.
    case threads
    /// The system chooses the processors.
    case off
  }

  package let host: String
  package let threads: Int
  /// The only processors that the threads run on. Empty if the system chooses.
  package let processors: [Int]
  /// Whether thread i is pinned to `processors[i]`.
  package let isPinned: Bool
  /// The part of the host's memory that is near the processors (`Placement.memory`).
  package let memory: Int

  /// - Parameters:
  ///   - placement: the rank's place, with its host.
  ///   - threads: the number of threads, or `nil` for the rank's share.
  ///   - pinning: `nil` for `ranks` if the number of threads is that of the share, and `off`
  ///     otherwise, because another job may have been given the remaining processors.
  package init(
    _ share: ProcessorShare, at placement: Placement, threads: Int? = nil, pinning: Pinning? = nil
  ) {
    host = placement.host
    self.threads = threads ?? share.threads
    let pinning = pinning ?? (self.threads == share.threads ? .ranks : .off)
    processors = pinning == .off ? [] : share.processors
    isPinned = pinning == .threads && self.threads <= processors.count
    memory = placement.memory(near: processors)
  }

  /// Binds the calling thread, which will sample, and the threads that it will compute with to
  /// `processors`.
  package func applyAffinity() {
    if isPinned {
      ThreadAffinity.pin(to: processors)
    } else if !processors.isEmpty {
      ThreadAffinity.keep(to: processors)
    }
  }

  /// The number of threads to compute with: `threads`, or fewer if the system does not allow as
  /// many.
  ///
  /// Images do not depend on the number. OpenMP would end the process if it could not create a
  /// thread.
  package var availableThreads: Int { 1 + BackgroundThread.available(upTo: threads - 1) }
}

/// Binds the threads that execute plans to processors.
///
/// Must be used on the thread that creates plans, before the first plan, because OpenMP's other
/// threads inherit its binding. OMP_PLACES has the same effect, but must be set before the program
/// starts, when it is not yet known which ranks share a host's processors.
package enum ThreadAffinity {
  /// Restricts all threads to these processors.
  package static func keep(to processors: [Int]) {
    dmpi_keep_to(processors.map(Int32.init), Int32(processors.count))
  }

  /// Pins thread i to `processors[i]`.
  package static func pin(to processors: [Int]) {
    dmpi_pin_team(processors.map(Int32.init), Int32(processors.count))
  }
}
