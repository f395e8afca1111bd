/// A state dict in a checkpoint: a dictionary of tensors, or the part of a dictionary whose names
/// have a common prefix.
package struct StateDict: Sendable {
  /// The name of the state dict: the keys that lead to the dictionary, then the prefix if the
  /// dictionary holds several networks, such as `state_dict.model`. The outermost dictionary is
  /// `.`.
  package let key: String
  /// The prefix that wrappers such as DistributedDataParallel add to every name. It is removed from
  /// the names.
  package let prefix: String
  /// Parts that wrappers such as torch.compile insert into names. They are removed from the names
  /// too.
  package var insertions: [String] = []
  /// Whether the weights are averages, from which the authors of a network sample.
  package var isAveraged: Bool
  /// Other keys of the same dictionary.
  package var aliases: [String]
  /// The keys that lead to the dictionary, without the prefix.
  let path: [String]
  var entries: [TensorDictionary.Entry]
  /// The reason why the state dict cannot be read, if it cannot.
  var problem: String?

  package var tensorCount: Int { entries.count }
  package var isReadable: Bool { problem == nil }

  /// Returns whether a user may refer to it by `text`: the whole key, or its beginning.
  func answers(to text: String) -> Bool {
    ([key, Self.key(path, prefix: prefix)] + aliases).contains {
      $0 == text || $0.hasPrefix(text + ".")
    }
  }
}

extension StateDict {
  /// Returns the key of the part of a dictionary under `prefix`, without the last dot of the
  /// prefix.
  static func key(_ path: [String], prefix: String) -> String {
    let keys = prefix.isEmpty ? path : path + [String(prefix.dropLast())]
    return keys.isEmpty ? TensorDictionary.outermost : keys.joined(separator: ".")
  }

  /// A whole dictionary, with any network in it.
  init(_ dictionary: TensorDictionary) {
    self.init(
      key: dictionary.key, prefix: "",
      isAveraged: AveragedNames.nameAverages(dictionary.path), aliases: dictionary.aliases,
      path: dictionary.path, entries: dictionary.entries)
  }
}

extension TensorDictionary {
  private static let mostPrefixes = 16
  /// Parts that `torch.compile`, FSDP and activation checkpointing insert into names.
  private static let insertions = [
    "_orig_mod.", "_fsdp_wrapped_module.", "_checkpoint_wrapped_module.", "_forward_module.",
  ]

  /// The networks of a kind in this dictionary, one for each prefix of the pattern's anchor.
  func stateDicts(_ pattern: NetworkPattern) -> [StateDict] {
    let cleaned = withoutInsertions
    guard cleaned.contains(where: { $0.name.utf8.ends(with: pattern.anchor) }) else { return [] }
    if cleaned.contains(where: { entry in pattern.wholes.contains { entry.name.hasPrefix($0) } }) {
      return latentDiffusionModels(cleaned) ?? [StateDict(self)]
    }
    let prefixes = prefixes(of: pattern.anchor, in: cleaned)
    let groups = Dictionary(grouping: cleaned) { entry in
      prefixes.first { entry.name.hasPrefix($0) } ?? "/"
    }
    let removed = Self.insertions.filter { insertion in
      entries.contains { $0.name.contains(insertion) }
        && !cleaned.contains { $0.name.contains(insertion) }
    }
    let networks = prefixes.sorted { $0.utf8.count < $1.utf8.count }.map { prefix in
      var network = stateDict(
        groups[prefix] ?? [], prefix: prefix, isOnly: prefixes.count == 1, pattern.parameters)
      network.insertions = removed
      return network
    }
    return withDotlessAverage(networks, rest: groups["/"] ?? [], pattern.anchor)
  }

  /// The prefixes of the anchor, the longest first, so that each name is assigned to the longest
  /// prefix it has.
  private func prefixes(of anchor: String, in entries: [Entry]) -> [String] {
    var prefixes: Set<String> = []
    for entry in entries where entry.name.utf8.ends(with: anchor) {
      prefixes.insert(
        String(decoding: entry.name.utf8.dropLast(anchor.utf8.count), as: UTF8.self))
      if prefixes.count == Self.mostPrefixes { break }
    }
    return prefixes.filter { $0.isEmpty || $0.hasSuffix(".") }
      .sorted { ($0.utf8.count, $0) > ($1.utf8.count, $1) }
  }

  /// - Parameter parameters: the names without a dot that belong to the network.
  private func stateDict(
    _ entries: [Entry], prefix: String, isOnly: Bool, _ parameters: Set<String>
  ) -> StateDict {
    let named = entries.compactMap { entry -> Entry? in
      var entry = entry
      entry.name = String(decoding: entry.name.utf8.dropFirst(prefix.utf8.count), as: UTF8.self)
      // A network's tensors belong to a module. Others, such as step counters, are not part of it.
      let isPart =
        entry.name.utf8.contains(UInt8(ascii: ".")) || parameters.contains(entry.name)
      return isPart ? entry : nil
    }
    let names = path + prefix.split(separator: ".").map(String.init)
    return StateDict(
      key: StateDict.key(path, prefix: isOnly ? "" : prefix), prefix: prefix,
      isAveraged: AveragedNames.nameAverages(names) || isAveragedModel(prefix),
      aliases: isOnly ? aliases : [], path: path, entries: named)
  }

  /// Returns whether this is the state of a `torch.optim.swa_utils.AveragedModel`, which has a
  /// counter.
  private func isAveragedModel(_ prefix: String) -> Bool {
    prefix.hasPrefix("module.") && entries.contains { $0.name == "n_averaged" }
  }

  /// The entries without the parts that wrappers insert into names, unless two names would become
  /// equal.
  private var withoutInsertions: [Entry] {
    let cleaned = entries.map { entry in
      var entry = entry
      for insertion in Self.insertions where entry.name.utf8.contains(UInt8(ascii: "_")) {
        entry.name = entry.name.replacing(insertion, with: "")
      }
      return entry
    }
    return Set(cleaned.map(\.name)).count == cleaned.count ? cleaned : entries
  }
}

extension String.UTF8View {
  func ends(with text: String) -> Bool { suffix(text.utf8.count).elementsEqual(text.utf8) }
}
