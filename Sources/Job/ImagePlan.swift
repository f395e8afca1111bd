/// The images of a job: the label and the seed of each, computed from its index or looked up.
///
/// A plan of ranges takes almost no memory, even if it is long. A plan from a file takes up to 8
/// bytes per image, and usually 1 or 2 (`PackedNumbers`).
package struct ImagePlan: Sendable, Equatable {
  /// The rule that assigns labels to indices.
  package enum Labels: Sendable, Equatable {
    /// The networks take no label.
    case unconditional
    /// The classes in turn. The number of images per class differs by at most one.
    case spread(over: NumberRanges, ImageOrder)
    /// The label of each image, in order.
    case exact(NumberRanges)
  }

  /// The source of a plan.
  enum Form: Sendable, Equatable {
    case ruled(Labels, seeds: NumberRanges)
    /// The entries of the file `path`, spelled as the user wrote it.
    case listed(path: String, labels: PackedNumbers, seeds: PackedNumbers)
  }

  let form: Form
  /// The number of images.
  package let count: Int

  /// - Precondition: There are as many exact labels as seeds, and at least one class.
  package init(labels: Labels, seeds: NumberRanges) {
    switch labels {
    case .unconditional: break
    case .spread(let classes, _): precondition(classes.count > 0, "no classes to spread over")
    case .exact(let exact): precondition(exact.count == seeds.count, "one label per seed")
    }
    form = .ruled(labels, seeds: seeds)
    count = seeds.count
  }

  /// Reads a file of labels and seeds in the format of `LabelsFile`.
  ///
  /// - Parameters:
  ///   - path: the file.
  ///   - classCount: the number of classes, or `nil` to allow any label.
  ///   - name: the name of the file in the plan.
  /// - Throws: a failure that names the file and the line.
  package init(
    reading path: String, classCount: Int? = nil, named name: String? = nil
  ) throws(Failure) {
    let classes = classCount.map { ClassList(count: $0, names: nil) }
    let file = try LabelsFile(path, classes: classes)
    self.init(path: name ?? path, labels: file.labels, seeds: file.seeds)
  }

  /// A plan with the entries of the file `path`, spelled as the user wrote it.
  ///
  /// - Precondition: There are as many labels as seeds.
  package init(path: String, labels: PackedNumbers, seeds: PackedNumbers) {
    precondition(labels.count == seeds.count, "one label per seed")
    form = .listed(path: path, labels: labels, seeds: seeds)
    count = labels.count
  }

  /// The file of labels, spelled as the user wrote it, if the plan was read from one. Its entries
  /// must then be stored next to job.json (`writeEntries`), because job.json does not contain them.
  package var labelsFile: String? {
    guard case .listed(let path, _, _) = form else { return nil }
    return path
  }

  /// The order of the classes, if the plan spreads images over them.
  package var order: ImageOrder? {
    guard case .ruled(.spread(_, let order), _) = form else { return nil }
    return order
  }

  /// The labels and seeds as written on the command line. There are no labels if the networks take
  /// none.
  package var words: (labels: String?, seeds: String) {
    switch form {
    case .listed(let path, _, _): ("from \(path)", "from \(path)")
    case .ruled(.unconditional, let seeds): (nil, seeds.text)
    case .ruled(.spread(let classes, let order), let seeds):
      ("\(classes.text), \(order.rawValue)", seeds.text)
    case .ruled(.exact(let labels), let seeds): (labels.text, seeds.text)
    }
  }

  /// The request at `index`, which is in `0..<count`.
  package subscript(index: Int) -> ImageRequest {
    switch form {
    case .ruled(let rule, let seeds):
      // A list of seeds is parsed or counted with 2³² − 1 as its limit.
      ImageRequest(index: index, label: label(rule, index), seed: UInt32(seeds[index]))
    case .listed(_, let labels, let seeds):
      ImageRequest(index: index, label: Int(labels[index]), seed: seeds[index])
    }
  }

  private func label(_ rule: Labels, _ index: Int) -> Int? {
    switch rule {
    case .unconditional: nil
    case .spread(let classes, let order):
      classes[order.place(of: index, count: count, classes: classes.count)]
    case .exact(let exact): exact[index]
    }
  }

  /// The number of images of each label, or an empty dictionary if the networks take no labels.
  ///
  /// For images that are spread over classes this is a division. Otherwise it takes one pass over
  /// the plan.
  package var labelCounts: [Int: Int] {
    var counts: [Int: Int] = [:]
    switch form {
    case .ruled(.unconditional, _): break
    case .ruled(.spread(let classes, _), _):
      let (each, more) = count.quotientAndRemainder(dividingBy: classes.count)
      for place in 0..<min(count, classes.count) {
        counts[classes[place], default: 0] += place < more ? each + 1 : each
      }
    case .ruled(.exact(let exact), _):
      for index in 0..<count { counts[exact[index], default: 0] += 1 }
    case .listed(_, let labels, _):
      for index in 0..<count { counts[Int(labels[index]), default: 0] += 1 }
    }
    return counts
  }
}
