import Arguments
import Foundation
import Job

/// The options of the probe, written as `name=value`.
struct ProbeOptions: Sendable {
  /// The place of a failure.
  enum Fault: String, Sendable {
    case plan, factory, make, missingImage, write, finish
  }

  let plan: PlanOptions
  let out: URL
  let batchSize: Int
  let lease: Lease
  /// If set, the twentieth and later images are not made until this file exists.
  let gate: URL?
  let steps: Int
  /// The longest time of a step. Each step takes a random part of it.
  let delay: Double
  /// The seed of the pace and of the order in which images are returned.
  let seed: UInt64
  /// The largest image, in bytes.
  let imageSize: Int
  let fault: Fault?
  /// The size of the packed weights that each rank needs, if it needs any.
  let weights: Int?
  /// The folder of the caches, and the number of consecutive ranks that share one.
  let caches: URL
  let ranksPerCache: Int
  /// The rank that dies when it has half of the weights.
  let dyingRank: Int?
  /// The ranks on which `fault` occurs.
  let faultyRanks: Set<Int>

  init(_ arguments: [String]) throws(Failure) {
    var values: [String: String] = [:]
    for argument in arguments {
      let parts = argument.split(separator: "=", maxSplits: 1).map(String.init)
      guard parts.count == 2 else {
        throw Failure("'\(argument)' is not name=value", status: .usage)
      }
      values[parts[0]] = parts[1]
    }
    plan = PlanOptions(
      classes: values["classes"], labels: values["labels"], seeds: values["seeds"] ?? "0-19")
    out = URL(filePath: values["out"] ?? "probe-out")
    batchSize = values["batch"].flatMap(Int.init) ?? 3
    gate = values["gate"].map { URL(filePath: $0) }
    lease = Lease(.seconds(values["lease"].flatMap(Double.init) ?? 30))
    steps = values["steps"].flatMap(Int.init) ?? 5
    delay = values["delay"].flatMap(Double.init) ?? 0
    seed = values["random"].flatMap { UInt64($0) } ?? 1
    imageSize = values["size"].flatMap(Int.init) ?? 100_000
    weights = values["weights"].flatMap(Int.init)
    caches = values["caches"].map { URL(filePath: $0) } ?? out.appending(path: "caches")
    ranksPerCache = values["together"].flatMap(Int.init) ?? 1
    dyingRank = values["dies"].flatMap(Int.init)
    fault = values["fault"].flatMap(Fault.init)
    faultyRanks = Set((values["ranks"] ?? "0").split(separator: ",").compactMap { Int($0) })
  }

  /// Returns the file for the process ID of a rank.
  func pidFile(rank: Int) throws -> URL {
    let folder = out.appending(path: "pids")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    return folder.appending(path: "rank\(rank)")
  }
}
