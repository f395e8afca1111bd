import Coordinator
import Job
import Messaging
import TestSupport

/// A complete job in virtual time: the program's own `Dispatcher`, and ranks that follow its
/// protocol.
package final class SimulatedJob {
  /// The longest nap of an event loop (`Backoff`). Messages wait until it ends.
  private static let longestNap = 0.01
  /// The time between turns of an idle coordinator. It is short enough for all tasks that depend on
  /// time.
  private static let idleTurn = 0.2

  private let scenario: Scenario
  private let postbox: SimulatedPostbox
  private let sink: SimulatedSink
  private let observer = SimulatedObserver()
  private let dispatcher: Dispatcher
  private let epoch = ContinuousClock.now
  private let beatInterval: Double

  private var ranks: [SimulatedRank]
  /// The messages in transit to each rank.
  private var inboxes: [[Message]]
  private var events = EventQueue()
  private var random: SeededGenerator
  private var coordinatorIsFree = 0.0
  private var coordinatorSeconds = 0.0
  private var outcome = Outcome()
  private var isHandedOut = false
  private var firstTenth: Double?
  private var nineTenths: Double?

  package init(_ scenario: Scenario) throws {
    self.scenario = scenario
    random = SeededGenerator(seed: scenario.seed)
    postbox = SimulatedPostbox(rankCount: scenario.rankCount, times: scenario.times)
    sink = SimulatedSink(postbox, times: scenario.times, imageCount: scenario.imageCount)
    dispatcher = Dispatcher(
      work: Work(
        ImagePlan(labels: .unconditional, seeds: NumberRanges(first: scenario.imageCount))),
      done: IndexBitmap(capacity: scenario.imageCount),
      settings: Dispatcher.Settings(
        batchSize: scenario.batchSize, lease: scenario.lease,
        hosts: Array(repeating: "node", count: scenario.rankCount)),
      postbox: postbox, sink: sink, observer: observer)
    beatInterval = scenario.lease.beatInterval(rankCount: scenario.rankCount) / .seconds(1)
    ranks = Array(repeating: SimulatedRank(), count: scenario.rankCount)
    inboxes = Array(repeating: [], count: scenario.rankCount)
  }

  /// Runs the job until it ends.
  package func run() throws -> Outcome {
    prepareRanks()
    while dispatcher.outcome == nil {
      let turn = nextTurn
      if let event = events.first, event.time < turn {
        handle(events.removeFirst())
      } else {
        try turnCoordinator(at: turn)
      }
    }
    outcome.status = dispatcher.outcome
    outcome.writtenCount = sink.written.count
    outcome.repeatCount = sink.repeatCount
    outcome.messageCount = postbox.messageCount
    outcome.announcements = observer.announcements
    if let firstTenth, let nineTenths {
      outcome.rate = 0.8 * Double(scenario.imageCount) / (nineTenths - firstTenth)
    }
    return outcome
  }

  // MARK: - The coordinator

  /// The time of the coordinator's next turn: immediately if it is busy, and otherwise after its
  /// nap.
  private var nextTurn: Double {
    guard let arrival = postbox.nextArrival else { return coordinatorIsFree + Self.idleTurn }
    if arrival <= coordinatorIsFree { return coordinatorIsFree }
    var (look, nap) = (coordinatorIsFree, 0.0001)
    while look < arrival {
      if nap == Self.longestNap {
        look += ((arrival - look) / nap).rounded(.up) * nap
      } else {
        look += nap
      }
      nap = min(nap * 1.5, Self.longestNap)
    }
    return min(look, coordinatorIsFree + Self.idleTurn)
  }

  private func turnCoordinator(at time: Double) throws {
    postbox.beginTurn(at: time)
    _ = try dispatcher.turn(at: epoch + .seconds(time))
    let (sent, seconds) = postbox.endTurn()
    coordinatorIsFree = time + seconds
    if !isHandedOut { coordinatorSeconds += seconds }
    for (time, rank, message) in sent { deliver(message, to: rank, at: time) }
    measure(at: coordinatorIsFree)
  }

  private func deliver(_ message: Message, to rank: Int, at time: Double) {
    // No rank waits for this message.
    if message == .alive { return }
    if case .grant(let requests) = message, requests.last?.index == scenario.imageCount - 1 {
      noteHandedOut(at: time)
    }
    inboxes[rank].append(message)
    let nap = random.unit() * Self.longestNap
    events.add(Event(time: time + scenario.times.latency + nap, rank: rank, kind: .message))
  }

  private func measure(at time: Double) {
    let count = sink.written.count
    if firstTenth == nil, count * 10 >= scenario.imageCount { firstTenth = time }
    if nineTenths == nil, count * 10 >= scenario.imageCount * 9 { nineTenths = time }
    if sink.isFinished && outcome.seconds == 0 {
      noteHandedOut(at: time)
      outcome.seconds = time
      outcome.idlePartInAll = idlePart(until: time)
    }
  }

  /// Records that the last image was handed out for the first time.
  private func noteHandedOut(at time: Double) {
    guard !isHandedOut else { return }
    isHandedOut = true
    outcome.idlePart = idlePart(until: time)
    outcome.coordinatorLoad = coordinatorSeconds / time
  }

  private func idlePart(until time: Double) -> Double {
    var (waited, all) = (0.0, 0.0)
    for rank in ranks where !rank.isDead && rank.readyAt < time {
      waited += rank.waited(until: time)
      all += time - rank.readyAt
    }
    return all > 0 ? waited / all : 0
  }

  // MARK: - The ranks

  private func prepareRanks() {
    let length = scenario.idealSeconds
    for rank in ranks.indices {
      if random.unit() < scenario.slowPart { ranks[rank].slowness = 3 }
      // The networks of the ranks are ready at different times, and so their beats do not coincide.
      ranks[rank].readyAt = 2 * random.unit()
      events.add(Event(time: ranks[rank].readyAt, rank: rank, kind: .ready))
      events.add(Event(time: random.unit() * beatInterval, rank: rank, kind: .beat))
      if random.unit() < scenario.deathPart, rank != 0 {
        events.add(Event(time: random.unit() * length, rank: rank, kind: .dies))
      }
      if random.unit() < scenario.stopPart, rank != 0 {
        events.add(Event(time: random.unit() * length, rank: rank, kind: .stops))
      }
    }
  }

  private func handle(_ event: Event) {
    let (rank, time) = (event.rank, event.time)
    if event.kind == .deathIsKnown { postbox.deadRanks.insert(rank) }
    guard !ranks[rank].isDead, !ranks[rank].isOver else { return }
    guard time >= ranks[rank].standsStillUntil else { return postpone(event) }
    switch event.kind {
    case .ready:
      ranks[rank].waitsSince = time
      ask(rank, at: time)
    case .message:
      read(inboxes[rank].removeFirst(), by: rank, at: time)
    case .nearlyDone:
      if ranks[rank].held.count == 1 { ask(rank, at: time) }
    case .done:
      finishBatch(rank, at: time)
    case .beat:
      beat(rank, at: time)
      events.add(Event(time: time + beatInterval, rank: rank, kind: .beat))
    case .dies:
      ranks[rank].isDead = true
      if scenario.tellsDeaths {
        events.add(Event(time: time + 0.1, rank: rank, kind: .deathIsKnown))
      }
    case .stops:
      ranks[rank].standsStillUntil = time + 1.5 * (scenario.lease.duration / .seconds(1))
    case .deathIsKnown:
      break
    }
  }

  /// Delays an event of a stopped rank. A computation takes longer by the pause, and everything
  /// else happens at its end.
  private func postpone(_ event: Event) {
    let pause = 1.5 * (scenario.lease.duration / .seconds(1))
    let isComputing = event.kind == .done || event.kind == .nearlyDone
    events.add(
      Event(
        time: isComputing ? event.time + pause : ranks[event.rank].standsStillUntil,
        rank: event.rank, kind: event.kind))
  }

  private func read(_ message: Message, by rank: Int, at time: Double) {
    switch message {
    case .grant(let requests):
      ranks[rank].isAsking = false
      ranks[rank].held.append(requests.map(\.index))
      if ranks[rank].held.count == 1 { startBatch(rank, at: time) }
    case .stop:
      beat(rank, at: time)
      postbox.post(.goodbye, from: rank, at: time)
      ranks[rank].isOver = true
    default:
      preconditionFailure("\(message) was sent to a worker")
    }
  }

  private func ask(_ rank: Int, at time: Double) {
    guard !ranks[rank].isAsking else { return }
    ranks[rank].isAsking = true
    postbox.post(.ask, from: rank, at: time)
  }

  private func startBatch(_ rank: Int, at time: Double) {
    ranks[rank].waited = ranks[rank].waited(until: time)
    ranks[rank].waitsSince = nil
    // A short batch takes as long as a full one, as in the program.
    let seconds =
      scenario.secondsPerImage * Double(scenario.batchSize) * ranks[rank].slowness
      * random.lognormal(spread: scenario.spread)
    (ranks[rank].batchStart, ranks[rank].batchEnd) = (time, time + seconds)
    events.add(Event(time: time + 0.9 * seconds, rank: rank, kind: .nearlyDone))
    events.add(Event(time: time + seconds, rank: rank, kind: .done))
  }

  private func finishBatch(_ rank: Int, at time: Double) {
    for index in ranks[rank].held.removeFirst() {
      let image =
        scenario.writer == .ranks
        ? FinishedImage(index: index, content: .written(partial: ""))
        : FinishedImage(index: index, png: [])
      postbox.post(.finished(image), from: rank, at: time)
    }
    if ranks[rank].held.isEmpty {
      ranks[rank].waitsSince = time
      ask(rank, at: time)
    } else {
      startBatch(rank, at: time)
    }
  }

  private func beat(_ rank: Int, at time: Double) {
    let state = ranks[rank]
    postbox.post(
      .beat(Beat(report: state.report(at: time), activity: state.activity(at: time))), from: rank,
      at: time)
  }
}
