// Runs both loops of a job with a fake network. Tests start it with and without mpirun.

import Coordinator
import Foundation
import Job
import Machine
import Messaging
import Terminal
import Worker

/// Returns the processor time that this process has used, in seconds.
func processorTime() -> Double {
  var usage = rusage()
  getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
  let parts = [usage.ru_utime, usage.ru_stime]
  return parts.reduce(0) { $0 + Double($1.tv_sec) + Double($1.tv_usec) / 1e6 }
}

func runProbe(_ options: ProbeOptions, over communicator: Communicator) throws -> ExitStatus {
  let rank = communicator.rank
  let plan = try communicator.share {
    if options.fault == .plan { throw Failure("that plan cannot be", status: .usage) }
    return try options.plan.plan(classCount: 1000)
  }
  let placements = try communicator.gather(Placement.current)
  let threads = ProcessorShare.all(of: placements)[rank].threads
  print("rank \(rank)/\(communicator.rankCount): \(plan.count) images, \(threads) threads")
  let postbox = MPIPostbox(communicator)
  var participants: [any Participant] = []
  if rank == 0 {
    participants.append(
      Dispatcher(
        work: Work(plan), done: IndexBitmap(capacity: plan.count),
        settings: Dispatcher.Settings(
          batchSize: options.batchSize, lease: options.lease, hosts: placements.map(\.host)),
        postbox: postbox, sink: try FolderSink(options),
        observer: JobReporter(ProgressDisplay(.detect()))))
  }
  try Data("\(getpid())".utf8).write(to: options.pidFile(rank: rank))
  let weights = try ProbeWeights(options, communicator, postbox.doorbell)
  let worker = BatchWorker(postbox: postbox, lease: options.lease) { _ in
    try weights?.take(options)
    return try FakeImageMaker(options, rank: rank)
  }
  participants.append(worker)
  participants += weights?.participants(postbox, options) { worker.outcome } ?? []
  let (wall, processor) = (ContinuousClock.now, processorTime())
  let status = try EventLoop(postbox).run(participants)
  if let lastWords = worker.lastWords {
    StandardStream.error.write(lastWords + "\n")
  }
  let used = (processorTime() - processor) / ((.now - wall) / .seconds(1))
  print("rank \(rank) used \(used) of a processor")
  return status
}

let isFirst = LaunchEnvironment.current.rank == 0
func fail(_ error: any Error) -> ExitStatus {
  let failure = Failure(error)
  if isFirst { StandardStream.error.write("error: \(failure)\n") }
  return failure.status
}

InterruptSignal.install()
do {
  let options = try ProbeOptions(Array(CommandLine.arguments.dropFirst()))
  let session = try MPISession()
  let status: ExitStatus
  do {
    status = try runProbe(options, over: session.communicator)
  } catch {
    status = fail(error)
  }
  fflush(nil)
  session.end(with: status)
} catch {
  let status = fail(error)
  StandardStream.flushAll()
  // mpirun ends all ranks as soon as one fails, so the other ranks give the first one time to
  // print.
  if !isFirst { sleep(5) }
  exit(status.rawValue)
}
