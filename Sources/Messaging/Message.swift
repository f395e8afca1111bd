import Job

/// What ranks say to each other: the whole protocol between coordinator and workers.
package enum Message: Sendable, Equatable {
  /// Worker: the user should know this; told once, however many ranks say it.
  case note(String)
  /// Worker: I can take a batch now.
  case ask
  /// Worker: this is how far the oldest batch I hold has come.
  case step(StepReport)
  /// Worker: one image of the batch in hand is ready.
  case finished(FinishedImage)
  /// Worker: I cannot go on, so the job must end.
  case failed(Failure)
  /// Worker: this process was asked to stop by a signal.
  case interrupted
  /// Worker: I got `stop`, and nothing more comes from me.
  case goodbye

  /// Coordinator: make these images, as one batch.
  case grant([ImageRequest])
  /// Coordinator: the job is over; leave with this status.
  case stop(ExitStatus)

  /// Which of the two loops of a rank a message is for.
  package enum Recipient: Sendable {
    case coordinator
    case worker
  }

  package var recipient: Recipient {
    switch self {
    case .note, .ask, .step, .finished, .failed, .interrupted, .goodbye: .coordinator
    case .grant, .stop: .worker
    }
  }
}
