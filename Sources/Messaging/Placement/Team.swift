/// The threads that a rank computes with, and where they run.
package struct Team: Sendable, Codable, Equatable {
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
}
