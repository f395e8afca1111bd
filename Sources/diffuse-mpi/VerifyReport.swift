import Job
import Output
import Wording

/// What `verify` says in the end.
struct VerifyReport {
  let status: ExitStatus
  let text: String

  init(_ check: FolderCheck, total: Int, folder: String) {
    let findings = check.findings
    status = findings.isEmpty ? .success : findings.areOfUnfinishedJob ? .incomplete : .badData
    var lines = [
      findings.isEmpty
        ? "\(folder): complete and correct, \(counted(total, "image"))"
        : "\(folder): \(check.right.count) of \(total) images exist and are correct"
    ]
    for kind in Findings.Kind.allCases where findings[kind].count > 0 {
      lines += Self.lines(kind, findings[kind], status)
    }
    lines += Self.labelLines(check)
    text = lines.joined(separator: "\n")
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

  /// What to do.
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
