import Job

/// What a simulated job came to.
package struct Outcome: Sendable {
  package var status: ExitStatus?
  /// Images in the sink, each counted once.
  package var writtenCount = 0
  /// Images that the sink was given more than once.
  package var repeatCount = 0
  /// Until all images were written.
  package var seconds = 0.0
  /// Images a second, from the first tenth to nine tenths of them.
  package var rate = 0.0
  /// The part of the ranks' time that they waited, until the last image was handed out.
  package var idlePart = 0.0
  /// The same until the end of the job.
  package var idlePartInAll = 0.0
  /// The part of its time that the coordinator was busy, until the last image was handed out.
  package var coordinatorLoad = 0.0
  package var messageCount = 0
  /// What the user was told.
  package var announcements: [String] = []
}
