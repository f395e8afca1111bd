import Foundation
import Job
import Output
import Wording

/// A report on the files in a job's folder, for `verify`. The images of a base stage that the job keeps
/// are checked too.
package struct VerifyReport {
  package private(set) var status: ExitStatus
  private(set) var text: String
  private(set) var json: JSON

  /// Checks the folder, and shows the progress.
  ///
  /// - Throws: a `Failure` if the folder cannot be read, or has no job.
  package init(folder: String) throws {
    let job = try Self.record(in: folder)
    let display = ReadingProgress(total: job.work.count, "images", "checked")
    var check = FolderCheck(
      path: folder, catalog: job.catalog, settings: job.settings, side: job.recipe.imageSize,
      text: OptionNames.text, progress: display.show)
    do {
      try check.run()
    } catch {
      throw Failure(explaining: error, otherwise: .cannotRead)
    }
    display.end()
    self.init(check, total: job.work.count, folder: folder)
    if job.format.keepsBase == true {
      add(base: try VerifyReport(folder: KeptBase.path(in: folder)))
    }
  }

  private mutating func add(base: VerifyReport) {
    text += "\n" + base.text
    json.base = JSON.Base(base.json)
    if status == .success || base.status == .badData { status = base.status }
  }

  private static func record(in folder: String) throws -> JobRecord {
    let json: Data?
    do {
      json = try OutputFolder.readJob(in: folder)
    } catch {
      throw Failure(explaining: error, otherwise: .cannotRead)
    }
    guard let json else {
      throw Failure(
        "there is no \(folder)/job.json: give the folder that the job's --out names",
        status: .cannotRead)
    }
    return try JobRecord(json: json, folder: folder)
  }

  package func text(asJSON: Bool) throws -> String { asJSON ? try JSONText.of(json) : text }

  // MARK: - As text

  private init(_ check: FolderCheck, total: Int, folder: String) {
    let findings = check.findings
    status = findings.isEmpty ? .success : findings.onlyMissingImages ? .incomplete : .badData
    var lines = [
      findings.isEmpty
        ? "\(folder): complete and correct, \(counted(total, "image"))"
        : "\(folder): \(check.valid.count) of \(total) images exist and are correct"
    ]
    for kind in Findings.Kind.allCases where findings[kind].count > 0 {
      lines += Self.lines(kind, findings[kind], status)
    }
    lines += Self.labelLines(check)
    text = lines.joined(separator: "\n")
    json = JSON(check, status, total: total, folder: folder)
  }

  private static func lines(
    _ kind: Findings.Kind, _ found: Findings.Found, _ status: ExitStatus
  ) -> [String] {
    let rest = found.count - found.examples.count
    return ["\(found.count) \(kind.title(found.count)); \(kind.advice(found.count))"]
      + found.examples.map { "  \($0)" }
      + (rest > 0 ? ["  and \(rest) more"] : [])
  }

  private static func labelLines(_ check: FolderCheck) -> [String] {
    let lacking = check.labelShortfalls
    guard !lacking.isEmpty else { return [] }
    let shown = lacking.prefix(10).map { "\($0.label) (\($0.count) of \($0.planned))" }
    return [
      "labels with too few images: \(shown.joined(separator: ", "))"
        + (lacking.count > shown.count ? " and \(lacking.count - shown.count) more" : "")
    ]
  }

  // MARK: - As JSON

  struct JSON: Encodable {
    private let folder: String
    private let images: Int
    let correctImages: Int
    private let findings: [Finding]
    private let incompleteLabels: [Label]
    private let exitCode: Int32
    /// The images of the base stage, if the job keeps them.
    fileprivate var base: Base?

    fileprivate final class Base: Encodable, Sendable {
      private let json: JSON

      init(_ json: JSON) { self.json = json }

      func encode(to encoder: any Encoder) throws { try json.encode(to: encoder) }
    }

    private struct Finding: Encodable {
      let kind: String
      let count: Int
      /// The first examples.
      let examples: [String]
      let advice: String
    }

    private struct Label: Encodable {
      let label: Int
      let images: Int
      let plannedImages: Int
    }

    fileprivate init(_ check: FolderCheck, _ status: ExitStatus, total: Int, folder: String) {
      self.folder = folder
      images = total
      correctImages = check.valid.count
      findings = Findings.Kind.allCases.filter { check.findings[$0].count > 0 }.map {
        let found = check.findings[$0]
        return Finding(
          kind: "\($0)", count: found.count, examples: found.examples,
          advice: $0.advice(found.count))
      }
      incompleteLabels = check.labelShortfalls.map {
        Label(label: $0.label, images: $0.count, plannedImages: $0.planned)
      }
      exitCode = status.rawValue
    }
  }
}

extension Findings.Kind {
  fileprivate func title(_ count: Int) -> String {
    switch self {
    case .missing: count == 1 ? "missing image" : "missing images"
    case .damaged: count == 1 ? "damaged or wrong image" : "damaged or wrong images"
    case .duplicate: "\(count == 1 ? "image" : "images") with the same pixels as another"
    case .shard: count == 1 ? "problem in shards" : "problems in shards"
    case .metadata: count == 1 ? "problem in the metadata" : "problems in the metadata"
    case .extra: count == 1 ? "unexpected file" : "unexpected files"
    case .leftover: count == 1 ? "temporary file" : "temporary files"
    }
  }

  /// Returns what to do.
  func advice(_ count: Int) -> String {
    let it = count == 1 ? "it" : "them"
    return switch self {
    case .missing: "run the same command again to generate \(it)"
    case .damaged: "run the same command again with --verify to regenerate \(it)"
    case .shard: "run the same command again with --verify to repair \(it)"
    case .duplicate: "look at \(it): different labels or seeds should give different images"
    case .metadata: "run the same command again to rewrite it"
    case .extra: "move \(it), or image loaders will read \(it)"
    case .leftover: "run the same command again to remove \(it), unless a job is running there"
    }
  }
}
