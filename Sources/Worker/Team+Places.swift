import Compute
import Messaging

extension Team {
  /// Keeps the calling thread, which is to sample, and the threads it will compute with to the
  /// team's processors.
  package func takePlaces() {
    if isPinned {
      ThreadPlaces.pin(to: processors)
    } else if !processors.isEmpty {
      ThreadPlaces.keep(to: processors)
    }
  }
}
