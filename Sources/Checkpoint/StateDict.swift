/// A state dict in a checkpoint: a dictionary of tensors, or the part of one whose names have a
/// common prefix.
package struct StateDict: Sendable {
  /// Names it: the keys that lead to the dictionary, then the prefix where the dictionary holds
  /// several networks; `.` for the outermost dictionary.
  package let key: String
  /// What wrappers such as DistributedDataParallel put before every name; left out of the names.
  package let prefix: String
  /// What wrappers such as torch.compile put into the middle of names; left out of the names too.
  package var insertions: [String] = []
  /// Whether these are averaged weights, which are what a network's authors sample from.
  package let isAveraged: Bool
  /// Other keys of the same dictionary.
  package var aliases: [String]
  /// The keys of the dictionary alone.
  let path: [String]
  var entries: [TensorDictionary.Entry]
  /// Why it cannot be read at all.
  var problem: String?

  package var tensorCount: Int { entries.count }
  package var isReadable: Bool { problem == nil }

  /// Whether `--model-key` and the like may mean it by `text`: the whole key, or the beginning.
  func answers(to text: String) -> Bool {
    ([key, Self.key(path, prefix: prefix)] + aliases).contains {
      $0 == text || $0.hasPrefix(text + ".")
    }
  }
}

extension StateDict {
  /// Key that says where `prefix` stands, without its last dot.
  static func key(_ path: [String], prefix: String) -> String {
    let keys = prefix.isEmpty ? path : path + [String(prefix.dropLast())]
    return keys.isEmpty ? TensorDictionary.outermost : keys.joined(separator: ".")
  }

  /// A dictionary as it is, whatever network it holds.
  init(_ dictionary: TensorDictionary) {
    self.init(
      key: dictionary.key, prefix: "",
      isAveraged: AveragedNames.describeAverage(dictionary.path), aliases: dictionary.aliases,
      path: dictionary.path, entries: dictionary.entries)
  }
}

extension TensorDictionary {
  private static let mostPrefixes = 16
  /// What `torch.compile`, FSDP and activation checkpointing put into the middle of names.
  private static let insertions = [
    "_orig_mod.", "_fsdp_wrapped_module.", "_checkpoint_wrapped_module.", "_forward_module.",
  ]

  /// The networks of a kind in this dictionary: one for each prefix before the pattern's anchor.
  func stateDicts(_ pattern: NetworkPattern) -> [StateDict] {
    let cleaned = withoutInsertions
    guard cleaned.contains(where: { $0.name.utf8.ends(with: pattern.anchor) }) else { return [] }
    if cleaned.contains(where: { entry in pattern.wholes.contains { entry.name.hasPrefix($0) } }) {
      return [StateDict(self)]
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
      var network = stateDict(groups[prefix] ?? [], prefix: prefix, isOnly: prefixes.count == 1)
      network.insertions = removed
      return network
    }
    return withDotlessAverage(networks, rest: groups["/"] ?? [], pattern.anchor)
  }

  /// The prefixes before the anchor, the longest first, so that a name belongs to the first that it
  /// begins with.
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

  private func stateDict(_ entries: [Entry], prefix: String, isOnly: Bool) -> StateDict {
    let named = entries.compactMap { entry -> Entry? in
      var entry = entry
      entry.name = String(decoding: entry.name.utf8.dropFirst(prefix.utf8.count), as: UTF8.self)
      // A network's tensors belong to a module; others, such as step counters, are not its own.
      return entry.name.utf8.contains(UInt8(ascii: ".")) ? entry : nil
    }
    let names = path + prefix.split(separator: ".").map(String.init)
    return StateDict(
      key: StateDict.key(path, prefix: isOnly ? "" : prefix), prefix: prefix,
      isAveraged: AveragedNames.describeAverage(names) || isAveragedModel(prefix),
      aliases: isOnly ? aliases : [], path: path, entries: named)
  }

  /// Whether it is the state of a `torch.optim.swa_utils.AveragedModel`, which counts.
  private func isAveragedModel(_ prefix: String) -> Bool {
    prefix.hasPrefix("module.") && entries.contains { $0.name == "n_averaged" }
  }

  /// The entries without what wrappers put into their names, unless two would be the same then.
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
