import Foundation
import Job
import TestSupport
import Testing

/// Hashes of plans from files. The folders of all versions have them in job.json.
@Suite struct PlanHashTests {
  /// Lists of 9,000 entries, and their hashes from commit 29f4d3c. Labels and seeds count up,
  /// repeat, or have no pattern within 1, 2 or 4 bytes.
  static let hashes: [(name: String, hash: String)] = [
    ("even", "6071eba727b0fe1e"), ("bytes", "329dd2a19aeb0a12"), ("words", "954e9672c296893d"),
    ("any", "aece5081ba5b0da9"),
  ]

  private func lines(_ name: String) -> String {
    var state: UInt64 = 7
    func random(_ limit: UInt64) -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return (state >> 33) % limit
    }
    return (0..<9000).map { i in
      switch name {
      case "even": "3,\(5 * i)"
      case "bytes": "\(random(200)),\(4_000_000_000 + random(256))"
      case "words": "\(random(1000)),\(random(65_000))"
      default: "\(random(60_000)),\(random(4_294_967_295))"
      }
    }.joined(separator: "\n")
  }

  @Test(arguments: hashes)
  func `a list of labels and seeds has the hash that earlier versions gave it`(
    expected: (name: String, hash: String)
  ) throws {
    let folder = try TemporaryFolder()
    let path = folder.url.appending(path: "labels.csv").path
    try Data(lines(expected.name).utf8).write(to: URL(filePath: path))
    let hash = try ImagePlan(reading: path).hash
    #expect(hash == expected.hash)
  }
}
