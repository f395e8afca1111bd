import Coordinator
import Foundation
import Job
import Output

/// A report on a job, for `status`.
package struct StatusReport {
  private let folder: String
  let status: JobStatus
  /// The slice of the job, in words.
  private let slice: String?
  /// The time in seconds since the status was written.
  package let age: Double?

  /// The time in seconds after which a running job is considered dead, if its process is not
  /// visible from here.
  private static let longestSilence = 60.0

  /// - Throws: a `Failure` unless the folder has a status with possible values.
  package init(folder: String) throws {
    self.init(try Self.status(in: folder), folder: folder, slice: Self.slice(in: folder))
  }

  package init(_ status: JobStatus, folder: String, slice: String? = nil, at date: Date = Date()) {
    self.folder = folder
    self.slice = slice
    self.status = status
    let updated = status.updated.flatMap { ISO8601DateFormatter().date(from: $0) }
    age = updated.map { date.timeIntervalSince($0) }
  }

  package func text(asJSON: Bool) throws -> String {
    asJSON ? try JSONText.of(JSON(self)) : text
  }

  // MARK: - Reading

  private static func status(in folder: String) throws -> JobStatus {
    let path = "\(folder)/\(StatusFile.name)"
    do {
      let status = try StatusFile.read(in: folder)
      guard let fault = status.fault() else { return status }
      throw Failure("\(path): \(fault); \(remedy)", status: .badData)
    } catch OutputError.unreadableStatus {
      throw Failure(
        "\(path) does not hold what this program writes there; \(remedy)", status: .badData)
    } catch OutputError.system(_, _, let code) where [ENOENT, ENOTDIR].contains(code) {
      throw Failure(
        "there is no \(path): give the folder that the job's --out names", status: .cannotRead)
    } catch {
      throw Failure(explaining: error, otherwise: .cannotRead)
    }
  }

  /// Returns the slice that the folder's job.json names. The status does not depend on that file.
  private static func slice(in folder: String) -> String? {
    guard let json = try? OutputFolder.readJob(in: folder),
      let head = try? JSONDecoder().decode(Head.self, from: json)
    else { return nil }
    return head.slice.words(head.firstImage..<head.firstImage + head.imageCount)
  }

  /// What is read of job.json.
  private struct Head: Decodable {
    let slice: PlanSlice
    let firstImage: Int
    let imageCount: Int

    private enum CodingKeys: CodingKey {
      case slice, firstImage, imageCount
    }

    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: CodingKeys.self)
      slice = try container.decode(PlanSlice.self, forKey: .slice)
      firstImage = try container.decodeIfPresent(Int.self, forKey: .firstImage) ?? 0
      imageCount = try container.decode(Int.self, forKey: .imageCount)
      let limit = Int(UInt32.max) + 1
      guard (0...limit).contains(firstImage), (0...limit).contains(imageCount) else {
        throw DecodingError.dataCorruptedError(
          forKey: .imageCount, in: container, debugDescription: "no job has so many images")
      }
    }
  }

  private static let remedy =
    "the file may have been edited or damaged. Running the same command again rewrites it, and "
    + "diffuse-mpi verify checks the images without it"

  // MARK: - As text

  private var text: String {
    var rows = [("state", state), ("images", images)]
    if let slice { rows.append(("slice", slice)) }
    if isRunning { rows.append(speed) }
    rows.append(("ranks", ranks))
    for image in status.givenUp { rows.append(("failed", image.reason)) }
    if let error = status.lastError { rows.append(("last error", error)) }
    return TextTable(rows.map { ($0, Self.oneLine($1)) }, width: 12).text
  }

  /// The exit code of the job once it has ended, and 75 before.
  package var exitCode: Int32 {
    switch status.state {
    case .complete: Int32(status.exitCode ?? 0)
    case .failed: Int32(status.exitCode ?? Int(ExitStatus.internalError.rawValue))
    default: ExitStatus.incomplete.rawValue
    }
  }

  var isRunning: Bool { !status.state.isOver && !isDead }

  var state: String {
    let time = age.map { ", \(DurationText.age(seconds: $0)) ago" } ?? ""
    let what = (isDead ? "died while " : "") + status.state.rawValue + time
    let canContinue = isDead || [.interrupted, .incomplete].contains(status.state)
    return canContinue ? "\(what). Run the same command to continue." : what
  }

  /// Whether the process of the job ended without writing a final status.
  package var isDead: Bool {
    guard !status.state.isOver else { return false }
    if status.host == ProcessInfo.processInfo.hostName, let process = status.process {
      return !Self.isRunning(process)
    }
    return age.map { $0 > Self.longestSilence } ?? false
  }

  /// Returns whether a process is running. A process that has ended is a zombie until its parent
  /// waits for it.
  private static func isRunning(_ process: Int) -> Bool {
    let stat = (try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)) ?? "Z"
    let afterName = stat[(stat.lastIndex(of: ")") ?? stat.startIndex)...].dropFirst()
    return afterName.split(separator: " ").first != "Z" && stat != "Z"
  }

  private var images: String {
    let before = status.doneBefore > 0 ? ", \(status.doneBefore) of them from earlier runs" : ""
    let held = status.held > 0 ? ", \(status.held) in memory waiting to be written" : ""
    return "\(status.done) of \(status.total)\(before)\(held)"
  }

  private var speed: (String, String) {
    let time = status.secondsLeft.map { ProgressText.clock(seconds: $0) }
    if status.state == .draining {
      return ("time left", "\(time ?? "not known yet") for the batches in progress")
    }
    guard let rate = status.imagesPerSecond else { return ("speed", "not known yet") }
    return ("speed", ProgressText.speed(rate) + (time.map { ", \($0) left" } ?? ""))
  }

  private var ranks: String {
    let total = "\(status.ranks.total)"
    let alive = isRunning ? "\(status.ranks.alive) of \(total) alive" : total
    guard !status.ranks.lost.isEmpty else { return alive }
    return "\(alive), lost: " + status.ranks.lost.map(String.init).joined(separator: ", ")
  }

  /// Returns a text without control characters, because anybody may have edited the file.
  private static func oneLine(_ text: String) -> String {
    String(
      String.UnicodeScalarView(
        text.unicodeScalars.map { $0.properties.generalCategory == .control ? "?" : $0 }))
  }

  // MARK: - As JSON

  /// The keys of status.json, and additional keys of the report.
  private struct JSON: Encodable {
    private let report: StatusReport

    private enum Key: CodingKey {
      case folder, ageSeconds, hasDied, exitCode
    }

    init(_ report: StatusReport) { self.report = report }

    func encode(to encoder: any Encoder) throws {
      try report.status.encode(to: encoder)
      var container = encoder.container(keyedBy: Key.self)
      try container.encode(report.folder, forKey: .folder)
      try container.encodeIfPresent(report.age, forKey: .ageSeconds)
      try container.encode(report.isDead, forKey: .hasDied)
      try container.encode(report.exitCode, forKey: .exitCode)
    }
  }
}
