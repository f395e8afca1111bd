import Foundation

/// Encodes a plan as job.json shows it, with the values of the command line: `{"classes": "0-9",
/// "hash": "…", "order": "interleaved", "seeds": "0-99"}`.
///
/// A plan that was read from a file is `{"count": …, "hash": "…", "labelsFile": "…"}`. To decode
/// it, pass the path of the file that `writeEntries` wrote in the decoder's
/// `userInfo[ImagePlan.entriesKey]`. The file is not read if the plan equals the one in
/// `userInfo[ImagePlan.knownKey]`.
extension ImagePlan: Codable {
  /// The key of the path of the entries, a `String`.
  package static let entriesKey = CodingUserInfoKey(rawValue: "entries of an ImagePlan")!

  /// The key of a plan that is known already, an `ImagePlan`.
  package static let knownKey = CodingUserInfoKey(rawValue: "a known ImagePlan")!

  private enum CodingKeys: CodingKey {
    case classes
    case count
    case hash
    case labels
    case labelsFile
    case order
    case seeds
  }

  /// - Throws: a decoding error, or a `Failure` if the entries cannot be read or were changed.
  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    if let name = try container.decodeIfPresent(String.self, forKey: .labelsFile) {
      if let known = decoder.userInfo[Self.knownKey] as? ImagePlan, known.labelsFile != nil,
        try container.decode(String.self, forKey: .hash) == known.hash
      {
        self = known
        return
      }
      guard let entries = decoder.userInfo[Self.entriesKey] as? String else {
        throw DecodingError.dataCorruptedError(
          forKey: .labelsFile, in: container,
          debugDescription: "the plan was read from a file, and is not in job.json")
      }
      try Self.requireFile(entries)
      let all = try ImagePlan(reading: entries, named: name)
      // A job that grows writes its longer list before job.json.
      let count = try container.decodeIfPresent(Int.self, forKey: .count)
      self = all.prefix(max(0, count ?? all.count))
      guard try container.decode(String.self, forKey: .hash) == hash else {
        throw Failure(
          "\(entries): is not what the job was started with: bring the file back as it was",
          status: .badData)
      }
      return
    }
    let labels: Labels
    if let classes = try container.decodeIfPresent(NumberRanges.self, forKey: .classes) {
      let order = try container.decodeIfPresent(ImageOrder.self, forKey: .order)
      labels = .spread(over: classes, order ?? .interleaved)
    } else if let exact = try container.decodeIfPresent(NumberRanges.self, forKey: .labels) {
      labels = .exact(exact)
    } else {
      labels = .unconditional
    }
    let seeds = try container.decode(NumberRanges.self, forKey: .seeds)
    switch labels {
    case .spread(let classes, _) where classes.count == 0,
      .exact(let classes) where classes.count != seeds.count:
      throw DecodingError.dataCorruptedError(
        forKey: .seeds, in: container, debugDescription: "labels and seeds do not fit")
    default: self.init(labels: labels, seeds: seeds)
    }
    guard try container.decode(String.self, forKey: .hash) == hash else {
      throw DecodingError.dataCorruptedError(
        forKey: .hash, in: container, debugDescription: "the plan is not the one of this hash")
    }
  }

  /// Throws unless the file is regular, because a named pipe in its place would block.
  private static func requireFile(_ path: String) throws(Failure) {
    var status = stat()
    guard stat(path, &status) == 0, status.st_mode & S_IFMT != S_IFREG else { return }
    throw Failure(
      "\(path) is not a regular file: bring the job's own file back", status: .badData)
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(hash, forKey: .hash)
    switch form {
    case .listed(let path, _, _):
      try container.encode(path, forKey: .labelsFile)
      try container.encode(count, forKey: .count)
    case .ruled(let rule, let seeds):
      switch rule {
      case .unconditional: break
      case .spread(let classes, let order):
        try container.encode(classes, forKey: .classes)
        try container.encode(order, forKey: .order)
      case .exact(let exact): try container.encode(exact, forKey: .labels)
      }
      try container.encode(seeds, forKey: .seeds)
    }
  }
}
