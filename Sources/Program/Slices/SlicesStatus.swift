import Coordinator
import Foundation
import Job
import Output
import Wording

/// A report on the slices in a folder, for `status`.
package struct SlicesStatus {
  private let folder: String
  private let plan: SlicedPlan
  private let parts: [Part]
  /// Whether some slices are merged already.
  private let isMerging: Bool

  /// A slice that has images.
  private struct Part {
    let slice: PlanSlice
    let indices: Range<Int>
    let path: String
    /// `nil` if the slice was not started.
    let status: StatusReport?

    var done: Int { status?.status.done ?? 0 }
  }

  /// The largest number of slices that get a line each.
  private static let listedSlices = 20

  /// Returns `nil` if the folder contains no slices.
  ///
  /// - Throws: a `Failure` if the job.json or the status of a slice cannot be read.
  package init?(folder: String) throws {
    guard let plan = try SlicedPlan(folder: folder) else { return nil }
    self.folder = folder
    self.plan = plan
    isMerging = try OutputFolder.readJob(in: folder) != nil
    parts = try plan.slices.map { slice, indices in
      let path = SliceFolders.path(of: slice, in: folder)
      let status = FileManager.default.fileExists(atPath: "\(path)/\(StatusFile.name)")
      return Part(
        slice: slice, indices: indices, path: path,
        status: status ? try StatusReport(folder: path) : nil)
    }
  }

  package func text(asJSON: Bool) throws -> String {
    asJSON ? try JSONText.of(JSON(self)) : text
  }

  /// 0 if all slices are complete and none is merged yet. Otherwise the code of a slice that failed,
  /// or 75.
  package var exitCode: Int32 {
    let codes = parts.map { $0.status?.exitCode ?? ExitStatus.incomplete.rawValue }.filter {
      $0 != 0
    }
    let isIncomplete = isMerging || !codes.isEmpty
    return codes.first { $0 != ExitStatus.incomplete.rawValue }
      ?? (isIncomplete ? ExitStatus.incomplete.rawValue : 0)
  }

  // MARK: - As text

  private var done: Int { parts.reduce(0) { $0 + $1.done } }

  /// The images per second of all slices that run.
  private var rate: Double? {
    let rates = parts.compactMap { part in
      part.status.flatMap { $0.isRunning ? $0.status.imagesPerSecond : nil }
    }
    return rates.isEmpty ? nil : rates.reduce(0, +)
  }

  private var text: String {
    guard !isMerging else { return Self.isMergingText(folder) }
    var rows = [("state", state), ("images", "\(done) of \(plan.count)")]
    if let rate { rows.append(("speed", ProgressText.speed(rate))) }
    let open = parts.filter { $0.status.map { $0.exitCode != 0 } ?? false }
    rows += open.prefix(Self.listedSlices).map { ("slice \($0.slice.number)", line(of: $0)) }
    if open.count > Self.listedSlices {
      rows.append(("", "and \(open.count - Self.listedSlices) more"))
    }
    let waiting = parts.filter { $0.status == nil }.map(\.slice.number)
    if !waiting.isEmpty {
      let name = waiting.count == 1 ? "slice" : "slices"
      rows.append(("not started", "\(name) \(NumberRanges(waiting).text)"))
    }
    return TextTable(rows, width: 13).text
  }

  static func isMergingText(_ folder: String) -> String {
    "the slices in \(folder) are not merged completely: run diffuse-mpi merge \(folder)"
  }

  private var state: String {
    guard exitCode != 0 else {
      return "all \(counted(parts.count, "slice")) complete. "
        + "Run diffuse-mpi merge \(folder) to join them."
    }
    let states = parts.map(stateName)
    let counts = states.reduce(into: [:]) { $0[$1, default: 0] += 1 }
    let names = ["complete"] + counts.keys.filter { $0 != "complete" }.sorted()
    return "\(counts["complete"] ?? 0) of \(parts.count) slices complete"
      + names.dropFirst().map { ", \(counts[$0]!) \($0)" }.joined()
  }

  private func stateName(_ part: Part) -> String {
    guard let report = part.status else { return "not started" }
    return report.isDead ? "died" : report.status.state.rawValue
  }

  private func line(of part: Part) -> String {
    let state = part.status?.state ?? ""
    return "\(part.done) of \(counted(part.indices.count, "image")), \(state)"
  }

  // MARK: - As JSON

  private struct JSON: Encodable {
    let folder: String
    let slices: Int
    let total: Int
    let done: Int
    let imagesPerSecond: Double?
    let isMerging: Bool
    let exitCode: Int32
    let parts: [SliceJSON]

    struct SliceJSON: Encodable {
      let slice: String
      let folder: String
      let firstImage: Int
      let total: Int
      let done: Int
      let state: String
      let hasDied: Bool?
      let exitCode: Int32
    }

    init(_ report: SlicesStatus) {
      folder = report.folder
      slices = report.plan.sliceCount
      total = report.plan.count
      done = report.done
      imagesPerSecond = report.rate
      isMerging = report.isMerging
      exitCode = report.exitCode
      parts = report.parts.map {
        SliceJSON(
          slice: $0.slice.text, folder: $0.path, firstImage: $0.indices.lowerBound,
          total: $0.indices.count, done: $0.done,
          state: $0.status?.status.state.rawValue ?? "not_started", hasDied: $0.status?.isDead,
          exitCode: $0.status?.exitCode ?? ExitStatus.incomplete.rawValue)
      }
    }
  }
}
