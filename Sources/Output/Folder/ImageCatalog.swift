import Job

/// What is known about a job's images before they are generated: label, seed, class name, and
/// location.
package struct ImageCatalog: Sendable {
  package let work: Work
  /// The format of the images. A part of a plan has no npz file, which needs all images.
  package private(set) var format: OutputFormat
  private let classNames: [String]?
  /// The number of digits of the folder names of `OutputFormat.Layout.classes`.
  private let labelDigits: Int

  /// - Parameters:
  ///   - classCount: the number of classes of the networks, or `nil` if they take no label.
  ///   - classNames: the class names by label, if they are known.
  package init(work: Work, format: OutputFormat, classCount: Int?, classNames: [String]?) {
    self.work = work
    self.format = format
    self.format.writesNPZ = format.writesNPZ && work.isComplete
    self.classNames = classNames
    labelDigits = "\(max(1, classCount ?? 1) - 1)".count
  }

  package var plan: ImagePlan { work.plan }
  /// The positions of the images in the plan.
  package var indices: Range<Int> { work.indices }
  /// The number of images.
  package var count: Int { work.count }

  package func record(_ index: Int) -> ImageRecord {
    let request = plan[index]
    return ImageRecord(
      index: index, label: request.label, className: request.label.flatMap(className),
      seed: request.seed)
  }

  /// Returns the name of a class, or `nil` if it is not known.
  func className(ofLabel label: Int) -> String? {
    guard let classNames, classNames.indices.contains(label) else { return nil }
    return classNames[label]
  }

  /// Returns the title of a class on pictures and pages: its name, or `class 7`.
  package func title(ofLabel label: Int) -> String {
    className(ofLabel: label) ?? "class \(label)"
  }

  /// Returns the name of the folder of an image inside `images/`, or `nil` if the image is in
  /// `images/` itself.
  func subfolder(of index: Int) -> String? {
    switch format.layout {
    case .flat: nil
    case .subdirs: Self.padded(index / 1000, to: 3)
    case .classes: plan[index].label.map { Self.padded($0, to: labelDigits) }
    }
  }

  /// Returns the path of the image's file inside `images/`: `000123.png`, or `000/000123.png`.
  package func fileName(of index: Int) -> String {
    let name = ImageRecord.fileName(index: index)
    return subfolder(of: index).map { "\($0)/\(name)" } ?? name
  }

  /// Returns the image of the job whose file has this name in this folder inside `images/`, or
  /// `nil` if there is no such image.
  func index(ofFile name: String, in subfolder: String?) -> Int? {
    guard let index = ImageRecord.index(ofFile: name), indices.contains(index),
      self.subfolder(of: index) == subfolder
    else { return nil }
    return index
  }

  /// Appends the line of an image in `metadata.jsonl`.
  func appendLine(of index: Int, to bytes: inout [UInt8]) {
    switch format.container {
    case .png:
      record(index).appendLine(fileName: fileName(of: index), to: &bytes)
    case .tar:
      let shard = ShardName.published(index / format.shardSize)
      record(index).appendLine(
        fileName: ImageRecord.fileName(index: index), shard: shard, to: &bytes)
    }
  }

  private static func padded(_ number: Int, to digits: Int) -> String {
    let text = String(number)
    return String(repeating: "0", count: max(0, digits - text.count)) + text
  }
}
