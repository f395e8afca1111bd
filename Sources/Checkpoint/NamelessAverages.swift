/// Averaged weights that are stored without the names of the network. The names are recovered from
/// the weights next to them.
extension TensorDictionary {
  /// Adds the averages that latent diffusion's `LitEma` stores under names without dots, such as
  /// `model_ema.input_blocks00weight`.
  ///
  /// - Parameter rest: the entries that do not belong to any of the networks.
  func withDotlessAverage(
    _ networks: [StateDict], rest: [Entry], _ anchor: String
  ) -> [StateDict] {
    guard let place = networks.firstIndex(where: { !$0.isAveraged }) else { return networks }
    let pool = rest + (networks.first { $0.prefix.isEmpty }?.entries ?? [])
    let dotless = anchor.filter { $0 != "." }
    guard let mark = pool.first(where: { $0.name.utf8.ends(with: dotless) }) else {
      return networks + unrecognisedAverages(rest, beside: networks[place])
    }
    let stem = mark.name.dropLast(dotless.count)
    let prefix = stem.prefix(
      upTo: stem.lastIndex(of: ".").map(stem.index(after:)) ?? stem.startIndex)
    let infix = stem.dropFirst(prefix.count)

    var networks = networks
    for i in networks.indices where networks[i].prefix.isEmpty {
      networks[i].entries.removeAll { $0.name.hasPrefix(prefix) }
    }
    let averages = Dictionary(
      pool.filter { $0.name.hasPrefix(prefix) }.map { ($0.name.dropFirst(prefix.count), $0) },
      uniquingKeysWith: { $1 })
    var average = networks[place]
    let named = average.entries.compactMap { entry -> Entry? in
      averages[infix + entry.name.filter { $0 != "." }].map {
        Entry(name: entry.name, tensor: $0.tensor, problem: $0.problem)
      }
    }
    let isComplete = named.count == average.entries.count
    average = StateDict(
      key: StateDict.key(path, prefix: String(prefix)), prefix: String(prefix), isAveraged: true,
      aliases: [], path: path, entries: named,
      problem: isComplete ? nil : unusable(beside: networks[place]))
    return networks + [average]
  }

  /// Averages under a prefix that marks averages, but with none of the network's names.
  private func unrecognisedAverages(_ rest: [Entry], beside network: StateDict) -> [StateDict] {
    let parts = Dictionary(grouping: rest) { String($0.name.prefix { $0 != "." }) }
    return parts.filter { prefix, entries in
      AveragedNames.nameAverages([prefix]) && entries.count >= 8
    }.sorted { $0.key < $1.key }.prefix(8).map { prefix, entries in
      StateDict(
        key: StateDict.key(path, prefix: prefix + "."), prefix: prefix + ".", isAveraged: true,
        aliases: [], path: path, entries: entries, problem: unusable(beside: network))
    }
  }

  fileprivate func unusable(beside network: StateDict) -> String {
    "holds averaged weights whose names are not those of \(network.key)"
  }
}

extension CheckpointContents {
  /// Dictionaries that look like averages by their keys and are large enough, but have none of a
  /// network's names. They are listed so that users of such a file learn that they are not used.
  func unrecognisedAverages(
    beside networks: [StateDict], in own: [TensorDictionary]
  ) -> [StateDict] {
    guard let network = networks.first(where: { !$0.isAveraged }) else { return [] }
    let known = Set(networks.map(\.path))
    return own.filter { dictionary in
      AveragedNames.nameAverages(dictionary.path) && !known.contains(dictionary.path)
        && dictionary.entries.count * 2 > network.entries.count
    }.prefix(8).map { dictionary in
      var average = StateDict(dictionary)
      average.problem = dictionary.unusable(beside: network)
      return average
    }
  }

  /// Averages that are lists of tensors in the order of the network's parameters, such as
  /// `shadow_params` of the `torch_ema` package and of diffusers.
  func listedAverages(of networks: [StateDict]) -> [StateDict] {
    let current = networks.filter { !$0.isAveraged }
    return lists.filter { AveragedNames.nameAverages($0.path) }.prefix(8).compactMap { list in
      let candidates = current.filter { $0.entries.count == list.tensors.count }
      // Shorter lists hold something else.
      guard !current.isEmpty, list.tensors.count * 2 > current[0].entries.count else { return nil }
      let match = candidates.first { isList(list, of: $0) }
      return StateDict(
        key: list.key, prefix: "", isAveraged: true, aliases: [], path: list.path,
        entries: zip(match?.entries ?? [], list.tensors).map {
          TensorDictionary.Entry(name: $0.name, tensor: $1, problem: nil)
        },
        problem: match == nil
          ? "holds \(list.tensors.count) averaged weights without names, and they do not match "
            + "the tensors of \(current[0].key) one by one"
          : nil)
    }
  }

  /// Returns whether each tensor of a list has the shape of the network's tensor at the same
  /// position.
  private func isList(_ list: TensorList, of network: StateDict) -> Bool {
    zip(list.tensors, network.entries).allSatisfy { number, entry in
      guard entry.problem == nil, let tensor = try? tensor(number, entry.name),
        let other = try? self.tensor(entry.tensor, entry.name)
      else { return false }
      return tensor.shape == other.shape
    }
  }
}
