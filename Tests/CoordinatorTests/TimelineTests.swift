import Coordinator
import Foundation
import Job
import Messaging
import TestSupport
import Testing

@Suite struct TimelineTests {
  /// Runs a job of four ranks. Rank 1 is lost after 40 seconds and comes back after 80. Each rank
  /// reports once per second that it spent three quarters of the time in the network.
  private func dispatcher(ranks: Int, seconds: Int) throws -> Dispatcher {
    let postbox = FakePostbox(rankCount: ranks)
    let dispatcher = Dispatcher(
      work: Work(.spread(over: 3, count: 9)),
      done: IndexBitmap(capacity: 9),
      settings: Dispatcher.Settings(
        batchSize: 1, lease: Lease(.seconds(5)),
        hosts: Array(repeating: "here", count: ranks)),
      postbox: postbox, sink: RecordingSink(), observer: Transcript())
    let start = ContinuousClock.now
    for second in 0...seconds {
      for rank in 0..<ranks where rank != 1 || !(40..<80).contains(second) {
        let spent = Double(second)
        let activity = Activity(network: 0.75 * spent, waiting: 0.15 * spent, writing: 0.1 * spent)
        postbox.arrive(.beat(Beat(report: nil, activity: activity)), from: rank)
      }
      _ = try dispatcher.turn(at: start + .seconds(second))
    }
    return dispatcher
  }

  @Test(arguments: [30, 1000, 100_000])
  func `every second of a rank is in the timeline once`(seconds: Int) throws {
    let timeline = try dispatcher(ranks: 4, seconds: seconds).timeline
    #expect(timeline.rowCount == 4)
    for row in [0, 2, 3] {
      let sum = timeline.bins[row].reduce(Activity(), +)
      #expect(abs(sum.network - 0.75 * Double(seconds)) < 1e-6 * Double(seconds))
      #expect(abs(sum.total - Double(seconds)) < 1e-6 * Double(seconds))
    }
    #expect(timeline.bins.allSatisfy { $0.count == 256 })
    #expect(timeline.binWidth * 256 > Double(seconds))
    // The first bin holds at most the time that it covers.
    #expect(timeline.bins[0][0].total <= timeline.binWidth + 1e-9)
  }

  @Test
  func `a rank that is lost and comes back is marked`() throws {
    let events = try dispatcher(ranks: 4, seconds: 100).timeline.events
    #expect(events.map(\.mark) == [.lost, .returned])
    #expect(events.map(\.row) == [1, 1])
    #expect((44...46).contains(events[0].seconds) && events[1].seconds == 80)
  }

  @Test(arguments: [1, 3, 64, 65, 1000, 16384])
  func `many ranks share rows, and each rank is in one row`(ranks: Int) throws {
    let timeline = try dispatcher(ranks: ranks, seconds: 1).timeline
    #expect(timeline.rowCount == min(ranks, 64))
    let all = (0..<timeline.rowCount).flatMap { timeline.ranks(ofRow: $0) }
    #expect(all == Array(0..<ranks))
  }

  @Test
  func `the picture is well-formed, with a row for each rank and a mark for each event`() throws {
    let dispatcher = try dispatcher(ranks: 4, seconds: 100)
    let svg = TimelinePicture(
      dispatcher.timeline, title: "9 images <now> & then", hosts: ["a", "a", "b<&>", "b<&>"]
    ).svg
    let parser = XMLCounter()
    #expect(parser.count(svg))
    #expect(parser.fills["#3b6ea8"] == 4 + 1 && parser.fills["#d9dde3"] == 4 + 1)
    #expect(parser.strokes["#c22"] == 2 && parser.strokes["#2a2"] == 2)
    for text in [
      "9 images &lt;now&gt; &amp; then", "4 ranks on 2 hosts: a, b&lt;&amp;&gt;", "rank 1 · a",
      "rank 3 · b&lt;&amp;&gt;", "computing", "time since the start", "80 s",
    ] { #expect(svg.contains(">\(text)<"), "\(text)") }
    #expect(!svg.contains("network"))
  }

  @Test(arguments: [
    (1, ["node.example.org"], "1 rank on node", "rank 0"),
    (2, ["10.0.0.1", "10.0.0.1"], "2 ranks on 10.0.0.1", "rank 0"),
    (2, ["a", "b"], "2 ranks on 2 hosts: a, b", "rank 0 · a"),
    (
      128, (0..<128).map { "n\($0 / 16)" },
      "128 ranks on 8 hosts: n0, n1, n2, n3, n4, n5 and 2 more", "ranks 0–1 · n0"
    ),
    (
      256, (0..<256).map { "n\($0 % 2)" }, "256 ranks on 2 hosts: n0, n1",
      "ranks 0–3 · 2 hosts"
    ),
    (
      1, ["a-name-that-is-longer-than-any-row"], "1 rank on a-name-that-is-longer-t…",
      "rank 0"
    ),
  ])
  func `a row is labelled with its ranks, and with their host if there are several`(
    ranks: Int, hosts: [String], summary: String, first: String
  ) throws {
    let timeline = try dispatcher(ranks: ranks, seconds: 1).timeline
    let svg = TimelinePicture(timeline, title: "", hosts: hosts).svg
    #expect(svg.contains(">\(summary)<"), "\(svg)")
    #expect(svg.contains(">\(first)<"))
    #expect(XMLCounter().count(svg))
  }

  @Test(arguments: [
    (8, "7 s"), (240, "180 s"), (1000, "10 min"), (20_000, "5 h"), (100_000, "25 h"),
  ])
  func `the time axis names its unit`(seconds: Int, tick: String) throws {
    let timeline = try dispatcher(ranks: 1, seconds: seconds).timeline
    let svg = TimelinePicture(timeline, title: "", hosts: ["a"]).svg
    #expect(svg.contains(">\(tick)<"), "\(svg)")
  }

  @Test
  func `the summary shows the images of each class and the work of each rank`() throws {
    let dispatcher = try dispatcher(ranks: 4, seconds: 100)
    let text = JobSummary(classCounts: [0: 3, 1: 3, 2: 3], dispatcher).text
    let lines = text.split(separator: "\n").map(String.init)
    #expect(lines[0] == "3 classes, 3 images each")
    #expect(lines[1] == "rank   images  computing   waiting   writing (seconds)")
    #expect(lines.count == 6)
    #expect(lines[2] == "0           0       75.0      15.0      10.0")
    let many = JobSummary(classCounts: [0: 2, 5: 4], try self.dispatcher(ranks: 40, seconds: 9))
      .text
    let rows = many.split(separator: "\n").map { $0.split(separator: " ").first ?? "" }
    #expect(rows == ["2", "rank", "least", "median", "most"])
    #expect(many.hasPrefix("2 classes, 2 to 4 images each"))
  }
}

/// Counts the elements of an XML text by colour. It knows only the syntax that the pictures use.
private final class XMLCounter {
  var fills: [String: Int] = [:]
  var strokes: [String: Int] = [:]

  /// Returns false unless every opened tag is closed.
  func count(_ text: String) -> Bool {
    var open: [Substring] = []
    for tag in text.matches(of: /<(\/?)([a-z]+)([^<>]*?)(\/?)>/) {
      if let fill = tag.3.firstMatch(of: /fill="(#[0-9a-f]+)"/) {
        fills[String(fill.1), default: 0] += 1
      }
      if let stroke = tag.3.firstMatch(of: /stroke="(#[0-9a-f]+)"/) {
        strokes[String(stroke.1), default: 0] += 1
      }
      if !tag.1.isEmpty {
        guard open.popLast() == tag.2 else { return false }
      } else if tag.4.isEmpty {
        open.append(tag.2)
      }
    }
    return open.isEmpty
  }
}
