import Job
import Output

/// What `verify` says in the end.
struct VerifyReport {
  let status: ExitStatus
  let text: String

  init(_ check: FolderCheck, total: Int, folder: String) {
    let findings = check.findings
    status = findings.isEmpty ? .success : findings.areOfUnfinishedJob ? .incomplete : .badData
    var lines = [
      findings.isEmpty
        ? "\(folder): all \(total) images are there and right"
        : "\(folder): \(check.right.count) of \(total) images are there and right"
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
    return ["\(kind.title): \(found.count); \(kind.advice)"]
      + found.examples.map { "  \($0)" }
      + (rest > 0 ? ["  and \(rest) more"] : [])
  }

  private static func labelLines(_ check: FolderCheck) -> [String] {
    let lacking = check.labelShortfalls
    guard !lacking.isEmpty else { return [] }
    let shown = lacking.prefix(10).map { "\($0.label) (\($0.count) of \($0.planned))" }
    return [
      "labels that lack images: \(shown.joined(separator: ", "))"
        + (lacking.count > shown.count ? " and \(lacking.count - shown.count) more" : "")
    ]
  }
}

extension Findings.Kind {
  fileprivate var title: String {
    switch self {
    case .missing: "missing images"
    case .damaged: "damaged or wrong images"
    case .duplicate: "images with the pixels of another"
    case .shard: "wrong shards"
    case .metadata: "wrong metadata"
    case .extra: "files that do not belong there"
    case .leftover: "temporary files"
    }
  }

  /// What to do.
  fileprivate var advice: String {
    switch self {
    case .missing: "run the same command again: it makes what is missing"
    case .damaged, .shard:
      "run the same command again with --verify: it makes them anew"
    case .duplicate: "look at them: other labels or seeds should give other images"
    case .metadata: "run the same command again: it writes it anew"
    case .extra: "move them away: programs that read the folder would take them in"
    case .leftover: "run the same command again, once no job runs there: it removes them"
    }
  }
}
