import Job

/// What ranks say to each other: the whole protocol between coordinator and workers.
package enum Message: Sendable, Equatable {
  /// Worker: the user should know this; told once, however many ranks say it.
  case note(String)
  /// Worker: I can take a batch now.
  case ask
  /// Worker: I live, this is how far I have come, and how I spent my time.
  case beat(Beat)
  /// Worker: one image of the batch in hand is ready.
  case finished(FinishedImage)
  /// Worker: I cannot go on, so the job must end.
  case failed(Failure)
  /// Worker: a signal asked this process to stop.
  case interrupted(Interrupt)
  /// Worker: I got `stop`, and nothing more comes from me.
  case goodbye
  /// Worker: the user should know this, and that it was this rank.
  case warning(String)
  /// Worker: I cannot make this image of a batch; the others of it come all the same.
  case givenUp(index: Int, reason: String)

  /// Coordinator: make these images, as one batch.
  case grant([ImageRequest])
  /// Coordinator: I live too.
  case alive
  /// Coordinator: the job is over; leave with this status.
  case stop(ExitStatus)

  /// Which of the two loops of a rank a message is for.
  package enum Recipient: Sendable {
    case coordinator
    case worker
  }

  package var recipient: Recipient {
    switch self {
    case .note, .ask, .beat, .finished, .failed, .interrupted, .goodbye, .warning, .givenUp:
      .coordinator
    case .grant, .alive, .stop: .worker
    }
  }
}
