/// Which images a job makes: the label and the seed of each, computed from its index or looked up.
///
/// A plan of ranges takes next to no memory however long it is; one that was read from a file takes
/// up to 8 bytes an image, mostly 1 or 2 (`PackedNumbers`).
package struct ImagePlan: Sendable, Equatable {
  /// How the labels follow from the indices.
  package enum Labels: Sendable, Equatable {
    /// The networks take no label.
    case unconditional
    /// Each class as often as the others, or once more.
    case spread(over: NumberRanges, ImageOrder)
    /// The label of each image, in order.
    case exact(NumberRanges)
  }

  /// What the plan was made from.
  enum Form: Sendable, Equatable {
    case ruled(Labels, seeds: NumberRanges)
    /// The file `path` named, as the user wrote it.
    case listed(path: String, labels: PackedNumbers, seeds: PackedNumbers)
  }

  let form: Form
  /// The number of images.
  package let count: Int

  /// - Precondition: exact labels are as many as the seeds, and classes are not none;
  ///   `PlanOptions.plan` turns either into a usage error before.
  package init(labels: Labels, seeds: NumberRanges) {
    switch labels {
    case .unconditional: break
    case .spread(let classes, _): precondition(classes.count > 0, "no classes to spread over")
    case .exact(let exact): precondition(exact.count == seeds.count, "one label per seed")
    }
    form = .ruled(labels, seeds: seeds)
    count = seeds.count
  }

  /// Reads a file of labels and seeds, as `--labels-file` takes it and `writeEntries` writes it.
  ///
  /// - Parameters:
  ///   - path: the file.
  ///   - classCount: how many classes the networks know; any label will do where it is nil.
  ///   - name: what the plan shall remember as its file.
  /// - Throws: a failure that names file and line.
  package init(
    reading path: String, classCount: Int? = nil, named name: String? = nil
  ) throws(Failure) {
    let classes = classCount.map { ClassList(count: $0, names: nil) }
    let file = try LabelsFile(path, classes: classes)
    self.init(path: name ?? path, labels: file.labels, seeds: file.seeds)
  }

  init(path: String, labels: PackedNumbers, seeds: PackedNumbers) {
    precondition(labels.count == seeds.count, "one label per seed")
    form = .listed(path: path, labels: labels, seeds: seeds)
    count = labels.count
  }

  /// The file of labels, as the user wrote it, if the plan was read from one. Its entries must then
  /// be kept beside job.json (`writeEntries`), for job.json does not hold them.
  package var labelsFile: String? {
    guard case .listed(let path, _, _) = form else { return nil }
    return path
  }

  /// The order of the classes, where the plan spreads images over them.
  package var order: ImageOrder? {
    guard case .ruled(.spread(_, let order), _) = form else { return nil }
    return order
  }

  /// Labels and seeds in the words of the command line; no labels where the networks take none.
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
      // A seed list is parsed, or counted up, with 2³² − 1 as its limit.
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

  /// How many images each label has; empty where the networks take none.
  ///
  /// Where classes are spread over they are counted by division, else in one pass over the plan.
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
