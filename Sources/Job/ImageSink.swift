import Wording

/// Where finished images go; used by rank 0's main thread alone.
package protocol ImageSink {
  /// Writes one image, whole or not at all; one that is there already is let go of.
  ///
  /// - Throws: a `Failure`, or any error, which counts as "cannot write". The same call may be made
  ///   again after an error that is transient.
  func write(_ image: FinishedImage) throws

  /// Writes what needs all images; called after the last of them, perhaps on another thread, and
  /// again after an error that is transient.
  ///
  /// - Returns: images that turned out to be damaged when they were read back. They are no longer
  ///   there: they have to be made and written once more, and this called again.
  func finish() throws -> [Int]
}

/// Images that were there, but turned out to be damaged, or gone, when they were read back.
package struct DamagedImages: Error, Equatable {
  package let indices: [Int]

  package init(_ indices: [Int]) { self.indices = indices }

  /// What the user is told of `count` of them.
  package static func notice(_ count: Int) -> String {
    counted(count, "damaged image") + (count == 1 ? " is" : " are") + " generated again"
  }
}
