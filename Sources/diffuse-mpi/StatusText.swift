import Coordinator
import Foundation
import Job

/// A job's status in words.
struct StatusText {
  private let status: JobStatus
  private let age: Double?

  /// Seconds after which a job that says that it runs is taken for dead.
  private static let longestSilence = 60.0

  init(_ status: JobStatus, at date: Date = Date()) {
    self.status = status
    let updated = status.updated.flatMap { ISO8601DateFormatter().date(from: $0) }
    age = updated.map { date.timeIntervalSince($0) }
  }

  var text: String {
    var rows = [("state", state), ("images", images)]
    if !isOver { rows.append(("speed", speed)) }
    rows.append(("ranks", ranks))
    for image in status.givenUp { rows.append(("given up", image.reason)) }
    if let error = status.lastError { rows.append(("last error", error)) }
    return rows.map { name, value in
      name.padding(toLength: 12, withPad: " ", startingAt: 0) + value
    }.joined(separator: "\n")
  }

  /// That of the job, once it has ended; 75 before.
  var exitCode: Int32 {
    isOver ? Int32(status.exitCode ?? 0) : ExitStatus.incomplete.rawValue
  }

  private var isOver: Bool { [.complete, .incomplete, .failed].contains(status.state) }

  private var state: String {
    let seconds = age.map { ProgressText.clock(seconds: $0) } ?? "?"
    guard isDead else { return "\(status.state.rawValue), \(seconds) ago" }
    return "died while \(status.state.rawValue), \(seconds) ago; the same command makes the rest"
  }

  /// Whether the job ended without a word.
  private var isDead: Bool {
    guard !isOver else { return false }
    if status.host == ProcessInfo.processInfo.hostName, let process = status.process {
      return !Self.lives(process)
    }
    return age.map { $0 > Self.longestSilence } ?? false
  }

  /// A process that has ended may keep its number until its parent looks.
  private static func lives(_ process: Int) -> Bool {
    let stat = (try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)) ?? "Z"
    let afterName = stat[(stat.lastIndex(of: ")") ?? stat.startIndex)...].dropFirst()
    return afterName.split(separator: " ").first != "Z" && stat != "Z"
  }

  private var images: String {
    let before = status.doneBefore > 0 ? ", \(status.doneBefore) of them by earlier runs" : ""
    let held = status.held > 0 ? ", \(status.held) kept in memory" : ""
    return "\(status.done) of \(status.total)\(before)\(held)"
  }

  private var speed: String {
    guard let rate = status.imagesPerSecond else { return "not known yet" }
    let left = status.secondsLeft.map { ", \(ProgressText.clock(seconds: $0)) left" } ?? ""
    return ProgressText.speed(rate) + left
  }

  private var ranks: String {
    let lost =
      status.ranks.lost.isEmpty
      ? ""
      : ", lost: "
        + status.ranks.lost.map(String.init).joined(separator: ", ")
    return "\(status.ranks.alive) of \(status.ranks.total) alive\(lost)"
  }
}
