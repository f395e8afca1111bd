import Foundation
import Messaging

/// The processor time of one rank, in seconds.
struct RankUsage: Codable {
  /// The time of the computing thread in the image maker: painting and encoding.
  let making: Double
  /// The time of the main thread: messages, polling for them, and writing on rank 0.
  let messaging: Double

  /// Returns the usage of every rank, by rank. A collective call.
  static func gather(_ usage: RankUsage, over communicator: Communicator) throws -> [RankUsage] {
    try communicator.allGather(Array(JSONEncoder().encode(usage))).map {
      try JSONDecoder().decode(RankUsage.self, from: Data($0))
    }
  }
}

/// The results of one run.
struct Figures {
  static let names = [
    "ranks", "images", "KB an image", "images a second", "encoding (all ranks)",
    "other ranks' main threads", "coordinator: writing", "coordinator: messages",
    "coordinator: waiting for a processor", "coordinator: asleep", "contact sheet (s)",
  ]

  private let values: [String]

  init(_ sink: MeasuredSink, _ usages: [RankUsage]) {
    func milliseconds(_ seconds: Double) -> String {
      String(format: "%.3f", seconds / Double(sink.imageCount) * 1e3)
    }
    let asleep = sink.seconds - sink.times.running - sink.times.waiting
    values = [
      "\(usages.count)", "\(sink.imageCount)", "\(sink.byteCount / sink.imageCount / 1000)",
      String(format: "%.0f", sink.imagesPerSecond),
      milliseconds(usages.reduce(0) { $0 + $1.making }),
      milliseconds(usages.dropFirst().reduce(0) { $0 + $1.messaging }),
      milliseconds(sink.writing), milliseconds(max(0, sink.times.running - sink.writing)),
      milliseconds(sink.times.waiting), milliseconds(max(0, asleep)),
      String(format: "%.2f", sink.finishing),
    ]
  }

  var line: String { values.joined(separator: "\t") }
}
