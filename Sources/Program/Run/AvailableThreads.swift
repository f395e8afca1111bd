import Machine

extension ThreadAssignment {
  /// Returns the number of threads to compute with.
  ///
  /// - Parameter note: receives a warning if the system allows fewer than were assigned.
  func availableThreads(note: (String) -> Void) -> Int {
    let count = availableThreads
    if count < threads {
      note(
        "warning: computing with \(count) of \(threads) threads, which is slower: "
          + OptionNames.cause(.ofThisProcess))
    }
    return count
  }
}
