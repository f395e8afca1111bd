import CKernels

/// On which processors the threads of a plan run.
///
/// Belongs to the thread that will make plans, before it makes the first: OpenMP's other threads
/// inherit from it. OMP_PLACES would do as well, but must be set before the program starts, when
/// nobody knows yet which ranks share a host's processors.
package enum ThreadPlaces {
  /// Lets all threads run on these processors alone.
  package static func keep(to processors: [Int]) {
    dmpi_keep_to(processors.map(Int32.init), Int32(processors.count))
  }

  /// Lets thread i run on `processors[i]` alone.
  package static func pin(to processors: [Int]) {
    dmpi_pin_team(processors.map(Int32.init), Int32(processors.count))
  }
}
