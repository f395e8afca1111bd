import Messaging
import Threads

extension Team {
  /// How many threads to compute with: those of the team, or as many as the system allows now.
  ///
  /// Images do not depend on the number. OpenMP would end the process when a thread is refused.
  package func availableThreads(note: (String) -> Void) -> Int {
    let count = 1 + BackgroundThread.available(upTo: threads - 1)
    if count < threads {
      note(
        "warning: computing with \(count) of \(threads) threads, which is slower: "
          + ThreadLimit.ofThisProcess.text)
    }
    return count
  }
}
