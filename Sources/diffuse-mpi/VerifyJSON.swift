import Job
import Output

/// What `verify` found, for programs.
struct VerifyJSON: Encodable {
  private let folder: String
  private let images: Int
  private let correctImages: Int
  private let findings: [Finding]
  private let incompleteLabels: [Label]
  private let exitCode: Int32

  private struct Finding: Encodable {
    let kind: String
    let count: Int
    /// The first ones.
    let examples: [String]
    let advice: String
  }

  private struct Label: Encodable {
    let label: Int
    let images: Int
    let plannedImages: Int
  }

  init(_ check: FolderCheck, _ report: VerifyReport, total: Int, folder: String) {
    self.folder = folder
    images = total
    correctImages = check.right.count
    findings = Findings.Kind.allCases.filter { check.findings[$0].count > 0 }.map {
      let found = check.findings[$0]
      return Finding(
        kind: "\($0)", count: found.count, examples: found.examples, advice: $0.advice(found.count))
    }
    incompleteLabels = check.labelShortfalls.map {
      Label(label: $0.label, images: $0.count, plannedImages: $0.planned)
    }
    exitCode = report.status.rawValue
  }
}
