import Foundation
import Job
import Wording

/// The summary at the end of a job: images by class, and how the ranks spent their time.
package struct JobSummary {
  private let classCounts: [Int: Int]
  private let activities: [Activity]
  private let deliveries: [Int]

  /// The largest number of ranks that get a row each.
  private static let longestTable = 16

  /// - Parameters:
  ///   - classCounts: the number of images of each label; empty if there are no labels.
  ///   - dispatcher: the dispatcher of the job, which has ended.
  package init(classCounts: [Int: Int], _ dispatcher: Dispatcher) {
    self.classCounts = classCounts
    activities = dispatcher.activities
    deliveries = dispatcher.deliveries
  }

  package var text: String {
    [classes, ranks].compactMap { $0 }.joined(separator: "\n")
  }

  private var classes: String? {
    let counts = classCounts.values
    guard let least = counts.min(), let most = counts.max() else { return nil }
    let each = (least == most ? "" : "\(least) to ") + counted(most, "image")
    return "\(counted(counts.count, "class", plural: "classes")), \(each) each"
  }

  package var ranks: String {
    let header = "rank   images  computing   waiting   writing (seconds)"
    guard activities.count > Self.longestTable else {
      let rows = activities.indices.map { row("\($0)", deliveries[$0], activities[$0]) }
      return ([header] + rows).joined(separator: "\n")
    }
    let order = activities.indices.sorted { activities[$0].network < activities[$1].network }
    let shown = [("least", order[0]), ("median", order[order.count / 2]), ("most", order.last!)]
    return ([header] + shown.map { row($0.0, deliveries[$0.1], activities[$0.1]) })
      .joined(separator: "\n")
  }

  private func row(_ name: String, _ images: Int, _ activity: Activity) -> String {
    let numbers = [activity.network, activity.waiting, activity.writing].map {
      String(format: "%.1f", $0)
    }
    return Self.padded(name, 6, right: true) + Self.padded(String(images), 7)
      + zip(numbers, [11, 10, 10]).map { Self.padded($0, $1) }.joined()
  }

  private static func padded(_ text: String, _ width: Int, right: Bool = false) -> String {
    let space = String(repeating: " ", count: max(0, width - text.count))
    return right ? text + space : space + text
  }
}

extension Dispatcher {
  /// Whether all images exist, except those that were skipped.
  package var isComplete: Bool { writer.isFinished }
  /// The number of images that were generated and written.
  package var writtenCount: Int { writer.writtenCount }

  /// Seconds by rank. The coordinator's writing counts as rank 0's.
  var activities: [Activity] {
    var activities = rankTable.members.map(\.activity)
    activities[postbox.rank].writing += writer.seconds
    return activities
  }

  var deliveries: [Int] { rankTable.members.map(\.delivered) }
}
