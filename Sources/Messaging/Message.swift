import Job

/// The messages between ranks: the whole protocol between the coordinator and the workers, and
/// between ranks that pass packed weights to each other.
package enum Message: Sendable, Equatable {
  /// From a worker: information for the user. It is shown once, even if several ranks send it.
  case note(String)
  /// From a worker: a request for a batch.
  case ask
  /// From a worker: a sign of life, with the progress and the time spent on each activity.
  case beat(Beat)
  /// From a worker: one finished image of the current batch.
  case finished(FinishedImage)
  /// From a worker: a failure that ends the job.
  case failed(Failure)
  /// From a worker: a signal asked this process to stop.
  case interrupted(Interrupt)
  /// From a worker: `stop` has arrived, and no more messages follow.
  case goodbye
  /// From a worker: information for the user about this rank.
  case warning(String)
  /// From a worker: one image of a batch cannot be generated. The other images follow as usual.
  case givenUp(index: Int, reason: String)

  /// From any rank to another one: packed weights that one of them lacks.
  case weights(WeightsMessage)

  /// From the coordinator: images to generate as one batch.
  case grant([ImageRequest])
  /// From the coordinator: a sign of life.
  case alive
  /// From the coordinator: the job is over, so exit with this status.
  case stop(ExitStatus)

  /// The loop of a rank that a message is for.
  package enum Recipient: Sendable {
    case coordinator
    case worker
    case weights
  }

  package var recipient: Recipient {
    switch self {
    case .note, .ask, .beat, .finished, .failed, .interrupted, .goodbye, .warning, .givenUp:
      .coordinator
    case .grant, .alive, .stop: .worker
    case .weights: .weights
    }
  }
}
