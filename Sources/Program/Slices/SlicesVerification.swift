import Foundation
import Job
import Output
import Wording

/// A report on the files of all slices in a folder, for `verify`.
package struct SlicesVerification {
  package let status: ExitStatus
  private let folder: String
  private let plan: SlicedPlan
  private let reports: [(slice: PlanSlice, report: VerifyReport)]
  private let missing: [PlanSlice]
  /// Whether some slices are merged already, so that they cannot be checked.
  private let isMerging: Bool

  /// Checks the slices one after the other.
  ///
  /// - Returns: `nil` if the folder contains no slices.
  /// - Throws: a `Failure` if a slice cannot be read.
  package init?(folder: String) throws {
    guard let plan = try SlicedPlan(folder: folder) else { return nil }
    self.folder = folder
    self.plan = plan
    isMerging = try OutputFolder.readJob(in: folder) != nil
    let found = isMerging ? [] : try SliceFolders.all(in: folder)
    reports = try found.map { ($0.slice, try VerifyReport(folder: $0.path)) }
    let present = Set(found.map(\.slice.number))
    missing =
      isMerging ? [] : plan.slices.map(\.slice).filter { !present.contains($0.number) }
    let codes = reports.map(\.report.status)
    let isIncomplete = isMerging || !missing.isEmpty || codes.contains(.incomplete)
    status = codes.contains(.badData) ? .badData : isIncomplete ? .incomplete : .success
  }

  package func text(asJSON: Bool) throws -> String {
    asJSON ? try JSONText.of(JSON(self)) : text
  }

  private var text: String {
    guard !isMerging else { return SlicesStatus.isMergingText(folder) }
    let good = reports.filter { $0.report.status == .success }
    guard status != .success else {
      return "\(folder): all \(counted(reports.count, "slice")) complete and correct, "
        + counted(plan.count, "image")
    }
    var lines = ["\(folder): \(good.count) of \(plan.slices.count) slices are complete and correct"]
    lines += reports.filter { $0.report.status != .success }.map(\.report.text)
    if let first = missing.first {
      let numbers = NumberRanges(missing.map(\.number)).text
      lines.append(
        missing.count == 1
          ? "slice \(numbers) does not exist; run the same command with --slice \(first.text)"
          : "slices \(numbers) do not exist; run the same command with --slice \(first.text) and so "
            + "on")
    }
    return lines.joined(separator: "\n")
  }

  private struct JSON: Encodable {
    let folder: String
    let slices: Int
    let images: Int
    let correctImages: Int
    let missingSlices: [String]
    let isMerging: Bool
    let parts: [VerifyReport.JSON]
    let exitCode: Int32

    init(_ check: SlicesVerification) {
      folder = check.folder
      slices = check.plan.sliceCount
      images = check.plan.count
      parts = check.reports.map(\.report.json)
      correctImages = parts.reduce(0) { $0 + $1.correctImages }
      isMerging = check.isMerging
      missingSlices = check.missing.map(\.text)
      exitCode = check.status.rawValue
    }
  }
}
