// Measures how fast images are handed out, gathered and written if the network takes no time.

import ArgumentParser
import Coordinator
import Foundation
import Job
import Messaging
import Output
import Terminal
import Worker

/// Runs a job with the program's own coordinator, workers and sink, and a network that does
/// nothing. scripts/benchmark-handout.sh runs it with several numbers of ranks.
struct HandoutBenchmark: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "handout-benchmark",
    abstract: "Time handing out, gathering and writing images, with a network that does nothing.",
    discussion: """
      Prints one line of tab-separated figures: \(Figures.names.joined(separator: ", ")). Times \
      are in milliseconds an image.
      """)

  @Option(help: "Images to make.") var images = 2000
  @Option(help: "Width and height of an image.") var size = 256
  @Option(help: "Images a batch.") var batch = 8
  @Flag(help: "Send one file over and over: what the coordinator can do, without the encoder.")
  var encoded = false
  @Flag(help: "Gather the images and let go of them.") var discard = false
  @Flag(help: "Let the ranks write the files themselves, as --write ranks does.")
  var writeRanks = false
  @Option(help: "How files are spread over folders.") var layout = OutputFormat.Layout.flat
  @Option(help: "Files, or shards of them.") var format = OutputFormat.Container.png
  @Option(help: "A new folder to write to.") var out = "handout"

  func validate() throws {
    guard !writeRanks || format == .png && !discard else {
      throw ValidationError("--write-ranks writes PNG files, so without --format tar and --discard")
    }
  }

  func run() throws {
    let session = try MPISession()
    let status: ExitStatus
    do {
      status = try measure(over: session.communicator)
    } catch {
      StandardStream.error.write("error: \(error)\n")
      status = Failure(error).status
    }
    fflush(nil)
    session.end(with: status)
  }

  private func measure(over communicator: Communicator) throws -> ExitStatus {
    let plan = try communicator.share {
      ImagePlan(labels: .unconditional, seeds: NumberRanges(first: images))
    }
    let postbox = MPIPostbox(communicator)
    let sink = communicator.rank == 0 ? MeasuredSink(try makeSink(plan)) : nil
    var participants: [any Participant] = []
    if let sink { participants.append(dispatcher(plan, postbox, sink)) }
    let (size, encodes, clock) = (size, !encoded, MakerClock())
    let activity = ActivityClock()
    let writing = writeRanks ? fileWriting(postbox, activity) : nil
    participants.append(
      BatchWorker(postbox: postbox, clock: activity) { note in
        let network = try EmptyNetwork(size: size, encodes: encodes, clock: clock)
        return writing.map { FileWritingMaker(network, $0, note: note) } ?? network
      })
    let before = ThreadTimes.current
    let status = try EventLoop(postbox).run(participants)
    let times = ThreadTimes.current - before
    let usage = RankUsage(
      making: Double(clock.nanoseconds.load(ordering: .relaxed)) * 1e-9, messaging: times.running)
    let usages = try RankUsage.gather(usage, over: communicator)
    if let sink, status == .success { print(Figures(sink, usages).line) }
    return status
  }

  private func fileWriting(_ postbox: MPIPostbox, _ clock: ActivityClock)
    -> FileWritingMaker.Settings
  {
    FileWritingMaker.Settings(
      folder: out, rank: postbox.rank, patience: .zero, clock: clock)
  }

  private func makeSink(_ plan: ImagePlan) throws -> (any ImageSink)? {
    if discard { return nil }
    let sink = FolderSink(
      folder: try OutputFolder(creating: out),
      catalog: ImageCatalog(
        work: Work(plan), format: OutputFormat(container: format, layout: layout), classCount: nil,
        classNames: nil),
      imageSize: size)
    _ = try sink.open { _ in }
    return sink
  }

  private func dispatcher(
    _ plan: ImagePlan, _ postbox: MPIPostbox, _ sink: MeasuredSink
  ) -> Dispatcher {
    Dispatcher(
      work: Work(plan), done: IndexBitmap(capacity: plan.count),
      settings: Dispatcher.Settings(
        batchSize: batch, hosts: Array(repeating: "here", count: postbox.rankCount)),
      postbox: postbox, sink: sink, observer: JobReporter(ProgressDisplay(.lines)))
  }
}

extension OutputFormat.Layout: ExpressibleByArgument {}
extension OutputFormat.Container: ExpressibleByArgument {}

HandoutBenchmark.main()
