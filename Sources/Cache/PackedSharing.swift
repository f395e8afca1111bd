/// The packed weights that the ranks of a job pass to each other, as one of them sees them.
package struct PackedSharing: Sendable {
  package let reservations: PackedReservations
  package let offers = PackedOffers()
  /// The files that other ranks send, or `nil` if no other folder is part of the job.
  package let arrivals: PackedArrivals?

  package init(_ reservations: PackedReservations, arrivals: PackedArrivals?) {
    self.reservations = reservations
    self.arrivals = arrivals
  }

  /// Returns the lock of a missing file, after it has waited for other processes that write it.
  ///
  /// - Returns: `nil` if another process has written the file, or abandoned it.
  func lock(_ name: String, at path: String) throws(CacheError) -> PartialFile? {
    if let reserved = reservations.take(name) { return reserved }
    // Two jobs that wait for each other's reservations would wait forever.
    reservations.release()
    return try PartialFile.lock(path, waits: true)
  }

  /// Gives up the files that this process has reserved but did not need.
  package func close() {
    reservations.release()
    offers.withdrawOthers(of: reservations.states.keys)
  }
}
