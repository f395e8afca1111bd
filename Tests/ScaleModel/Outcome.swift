import Job

/// The result of a simulated job.
package struct Outcome: Sendable {
  package var status: ExitStatus?
  /// The number of images in the sink, each counted once.
  package var writtenCount = 0
  /// The number of images that the sink received more than once.
  package var repeatCount = 0
  /// The time until all images were written.
  package var seconds = 0.0
  /// Images per second, between one tenth and nine tenths of the images.
  package var rate = 0.0
  /// The fraction of time that ranks waited, until the last image was handed out.
  package var idlePart = 0.0
  /// The same until the end of the job.
  package var idlePartInAll = 0.0
  /// The fraction of time that the coordinator was busy, until the last image was handed out.
  package var coordinatorLoad = 0.0
  package var messageCount = 0
  /// The messages for the user.
  package var announcements: [String] = []
}
