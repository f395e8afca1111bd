import Job
import Wording

/// The number of images of each class that a folder holds, and the number that is planned.
package struct ClassCounts: Sendable, Equatable {
  package struct Entry: Sendable, Equatable {
    package let label: Int
    package let title: String
    package let done: Int
    package let planned: Int
  }

  /// The classes in the order of their labels. Empty for images without labels.
  package let entries: [Entry]

  /// - Parameter done: the images that exist.
  package init(catalog: ImageCatalog, done: IndexBitmap) {
    let planned = catalog.work.labelCounts
    var counts = planned
    if !planned.isEmpty && done.count < catalog.count {
      for index in catalog.indices where !done.contains(index) {
        if let label = catalog.plan[index].label { counts[label]! -= 1 }
      }
    }
    entries = planned.keys.sorted().map {
      Entry(
        label: $0, title: catalog.title(ofLabel: $0), done: counts[$0]!, planned: planned[$0]!)
    }
  }

  /// A summary of the images that exist, such as `10 classes, 10 images each`.
  package var summary: String {
    let counts = entries.map(\.done)
    let (least, most) = (counts.min() ?? 0, counts.max() ?? 0)
    let classes = counted(entries.count, "class", plural: "classes", isGrouped: true)
    let images = counted(most, "image", isGrouped: true)
    if entries.count == 1 { return "\(classes), \(images)" }
    return least == most
      ? "\(classes), \(images) each" : "\(classes), \(least.grouped) to \(images) each"
  }

  /// The labels grouped by the number of their images that exist, in descending order.
  package var byCount: [(count: Int, labels: NumberRanges, classes: Int)] {
    Dictionary(grouping: entries, by: \.done).sorted { $0.key > $1.key }.map {
      ($0.key, NumberRanges($0.value.map(\.label)), $0.value.count)
    }
  }
}
