/// Which images a job makes: the label and the seed of each, computed from its index.
///
/// Nothing is stored an image, so a plan of any length is small enough to be broadcast.
package struct ImagePlan: Sendable, Equatable {
  /// How the labels follow from the indices.
  package enum Labels: Sendable, Equatable {
    /// The networks take no label.
    case unconditional
    /// The classes in turn, over and over.
    case roundRobin(NumberRanges)
    /// The label of each image, in order.
    case exact(NumberRanges)
  }

  package let labels: Labels
  package let seeds: NumberRanges

  /// - Precondition: exact labels are as many as the seeds, and round-robin classes are not none;
  ///   `PlanOptions.plan` turns either into a usage error before.
  package init(labels: Labels, seeds: NumberRanges) {
    switch labels {
    case .unconditional: break
    case .roundRobin(let classes): precondition(classes.count > 0, "no classes to go round")
    case .exact(let exact): precondition(exact.count == seeds.count, "a label a seed")
    }
    self.labels = labels
    self.seeds = seeds
  }

  /// The number of images.
  package var count: Int { seeds.count }

  /// The request at `index`, which is in `0..<count`.
  package subscript(index: Int) -> ImageRequest {
    let label: Int? =
      switch labels {
      case .unconditional: nil
      case .roundRobin(let classes): classes[index % classes.count]
      case .exact(let exact): exact[index]
      }
    // A seed list is parsed, or counted up, with 2³² − 1 as its limit.
    return ImageRequest(index: index, label: label, seed: UInt32(seeds[index]))
  }
}

/// In the words of the command line, for job.json shows it: `{"classes": "0-9", "seeds": "0-99"}`.
extension ImagePlan: Codable {
  private enum CodingKeys: CodingKey {
    case classes
    case labels
    case seeds
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let labels: Labels
    if let classes = try container.decodeIfPresent(NumberRanges.self, forKey: .classes) {
      labels = .roundRobin(classes)
    } else if let exact = try container.decodeIfPresent(NumberRanges.self, forKey: .labels) {
      labels = .exact(exact)
    } else {
      labels = .unconditional
    }
    self.init(labels: labels, seeds: try container.decode(NumberRanges.self, forKey: .seeds))
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    switch labels {
    case .unconditional: break
    case .roundRobin(let classes): try container.encode(classes, forKey: .classes)
    case .exact(let exact): try container.encode(exact, forKey: .labels)
    }
    try container.encode(seeds, forKey: .seeds)
  }
}
