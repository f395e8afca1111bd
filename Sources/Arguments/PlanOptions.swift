import Job
import Wording

/// The options that choose labels and seeds, as written on the command line.
package struct PlanOptions: Sendable, Equatable {
  /// `--classes`: the classes to cycle through.
  package var classes: String?
  /// `--labels`: the label of each image.
  package var labels: String?
  /// `--labels-file`: a file with the label, and optionally the seed, of each image.
  package var labelsFile: String?
  /// `--order`: the order in which the classes are cycled through.
  package var order: ImageOrder?
  /// `--seeds`: one image for each seed.
  package var seeds: String?
  /// `--num-samples`: the number of images, with seeds from 0.
  package var numSamples: Int?
  /// `--per-class`: the number of images of every class, with seeds from 0.
  package var perClass: Int?

  /// The default number of images.
  package static let defaultCount = 100
  private static let seedLimit = Int(UInt32.max)

  package init(
    classes: String? = nil, labels: String? = nil, labelsFile: String? = nil,
    order: ImageOrder? = nil, seeds: String? = nil, numSamples: Int? = nil, perClass: Int? = nil
  ) {
    self.classes = classes
    self.labels = labels
    self.labelsFile = labelsFile
    self.order = order
    self.seeds = seeds
    self.numSamples = numSamples
    self.perClass = perClass
  }

  /// Whether an option chooses the labels.
  package var choosesLabels: Bool {
    classes != nil || labels != nil || labelsFile != nil || perClass != nil
  }

  /// Whether an option chooses the number of images.
  package var choosesCount: Bool {
    numSamples != nil || perClass != nil || seeds != nil || labelsFile != nil
  }

  /// The seeds that `--seeds` lists.
  package var chosenSeeds: NumberRanges? {
    get throws(Failure) {
      guard let seeds else { return nil }
      return try NumberRanges(parsing: seeds, named: "--seeds", limit: Self.seedLimit)
    }
  }

  /// Returns the plan for these options.
  ///
  /// - Parameters:
  ///   - classCount: the number of classes, or `nil` if the networks take no label. Without
  ///     `--classes` and `--labels`, the images are spread over all classes.
  ///   - classNames: the names that may be used instead of labels, if the classes have names.
  /// - Throws: a usage failure that names the conflicting options, or the problem with the file of
  ///   labels.
  package func plan(
    classCount: Int?, classNames: [String]? = nil
  ) throws(Failure) -> ImagePlan {
    try refuseTwo([
      "--classes": classes != nil, "--labels": labels != nil, "--labels-file": labelsFile != nil,
    ])
    try refuseTwo([
      "--seeds": seeds != nil, "--num-samples": numSamples != nil, "--per-class": perClass != nil,
    ])
    if order != nil,
      let option = labels != nil ? "--labels" : labelsFile.map({ _ in "--labels-file" })
    {
      throw Failure(
        "--order is for images spread over classes, but \(option) has an order of its own; "
          + "leave out one of them",
        status: .usage)
    }
    let choosesClasses = classes != nil || labels != nil || labelsFile != nil
    let names = choosesClasses ? classNames.map(ClassNames.init) : nil
    let known = classCount.map { ClassList(count: $0, names: names) }
    if let labelsFile, let known { return try filePlan(labelsFile, known) }
    let rule = try labelRule(known)
    let seedList = try seedList(labels: rule)
    if case .exact(let exact) = rule, exact.count != seedList.count {
      throw Failure(
        "--labels names \(counted(exact.count, "label")), but there "
          + "\(seedList.count == 1 ? "is" : "are") \(counted(seedList.count, "seed")) "
          + "(\(seedOption)); give one label for each seed, "
          + "or --classes to go round the classes",
        status: .usage)
    }
    return ImagePlan(labels: rule, seeds: seedList)
  }

  private func filePlan(_ path: String, _ known: ClassList) throws(Failure) -> ImagePlan {
    let counts = [(numSamples != nil, "--num-samples"), (perClass != nil, "--per-class")]
    if let option = counts.first(where: \.0)?.1 {
      throw Failure(
        "--labels-file has a line for every image, so leave out \(option)", status: .usage)
    }
    let file = try LabelsFile(path, classes: known)
    guard let seeds else {
      return ImagePlan(path: path, labels: file.labels, seeds: file.seeds)
    }
    if let line = file.firstSeedLine {
      throw Failure(
        "--seeds was given, but \(path) has seeds of its own (line \(line)); "
          + "leave out one of them",
        status: .usage)
    }
    let ranges = try NumberRanges(parsing: seeds, named: "--seeds", limit: Self.seedLimit)
    guard ranges.count == file.labels.count else {
      throw Failure(
        "\(path) has \(counted(file.labels.count, "label")), but --seeds names "
          + "\(counted(ranges.count, "seed")); give one label for each seed",
        status: .usage)
    }
    let packed = PackedNumbers((0..<ranges.count).lazy.map { UInt32(ranges[$0]) })
    return ImagePlan(path: path, labels: file.labels, seeds: packed)
  }

  private func labelRule(_ known: ClassList?) throws(Failure) -> ImagePlan.Labels {
    guard let known else {
      let given =
        [
          (classes != nil, "--classes"), (labels != nil, "--labels"),
          (labelsFile != nil, "--labels-file"), (perClass != nil, "--per-class"),
          (order != nil, "--order"),
        ]
      if let option = given.first(where: \.0)?.1 {
        throw Failure(
          "\(option) was given, but the model is unconditional and takes no class; leave it out",
          status: .usage)
      }
      return .unconditional
    }
    if let labels {
      return .exact(try known.labels(parsing: labels, option: "--labels"))
    }
    if let classes {
      return .spread(
        over: try known.labels(parsing: classes, option: "--classes"),
        order ?? .interleaved)
    }
    return .spread(over: NumberRanges(first: known.count), order ?? .interleaved)
  }

  private func seedList(labels: ImagePlan.Labels) throws(Failure) -> NumberRanges {
    if let seeds {
      return try NumberRanges(parsing: seeds, named: "--seeds", limit: Self.seedLimit)
    }
    if let numSamples {
      return try firstSeeds(numSamples, times: 1, option: "--num-samples")
    }
    switch (labels, perClass) {
    case (.exact, .some):
      throw Failure(
        "--labels already says the label of every image; leave out --per-class, "
          + "or name the classes with --classes",
        status: .usage)
    case (.spread(let classes, _), let perClass?):
      return try firstSeeds(perClass, times: classes.count, option: "--per-class")
    case (.exact(let exact), nil):
      return NumberRanges(first: exact.count)
    case (.spread, nil), (.unconditional, _):
      return NumberRanges(first: Self.defaultCount)
    }
  }

  private func firstSeeds(
    _ count: Int, times: Int, option: String
  ) throws(Failure) -> NumberRanges {
    guard count > 0 else {
      throw Failure("\(option) is \(count); it must be at least 1", status: .usage)
    }
    let (total, overflow) = count.multipliedReportingOverflow(by: times)
    guard !overflow, total - 1 <= Self.seedLimit else {
      throw Failure(
        "\(option) \(count) asks for more images than there are seeds (\(Self.seedLimit + 1))",
        status: .usage)
    }
    return NumberRanges(first: total)
  }

  private var seedOption: String {
    seeds != nil ? "--seeds" : numSamples != nil ? "--num-samples" : "the default"
  }

  private func refuseTwo(_ given: KeyValuePairs<String, Bool>) throws(Failure) {
    let names = given.filter(\.value).map(\.key)
    guard names.count > 1 else { return }
    throw Failure(
      "\(names.joined(separator: " and ")) cannot be given together; choose one", status: .usage)
  }
}
