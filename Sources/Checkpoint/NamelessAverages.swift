/// Averaged weights that are stored without the network's names, which the names of the weights
/// beside them give back.
extension TensorDictionary {
  /// Adds the averages that latent diffusion's `LitEma` keeps under names without dots, such as
  /// `model_ema.input_blocks00weight`.
  ///
  /// - Parameter rest: the entries that belong to none of the networks.
  func withDotlessAverage(
    _ networks: [StateDict], rest: [Entry], _ anchor: String
  ) -> [StateDict] {
    guard let place = networks.firstIndex(where: { !$0.isAveraged }) else { return networks }
    let pool = rest + (networks.first { $0.prefix.isEmpty }?.entries ?? [])
    let dotless = anchor.filter { $0 != "." }
    guard let mark = pool.first(where: { $0.name.utf8.ends(with: dotless) }) else {
      return networks
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
    let isWhole = named.count == average.entries.count
    average = StateDict(
      key: StateDict.key(path, prefix: String(prefix)), prefix: String(prefix), isAveraged: true,
      aliases: [], path: path, entries: named,
      problem: isWhole
        ? nil
        : "holds averaged weights whose names lack their dots, and they are not those of "
          + networks[place].key)
    return networks + [average]
  }
}

extension CheckpointContents {
  /// The averages that are lists of tensors in the order of the network's parameters, as
  /// `shadow_params` of the `torch_ema` package and of diffusers are.
  func listedAverages(of networks: [StateDict]) -> [StateDict] {
    let current = networks.filter { !$0.isAveraged }
    return lists.filter { AveragedNames.describeAverage($0.path) }.prefix(8).compactMap { list in
      let candidates = current.filter { $0.entries.count == list.tensors.count }
      // Shorter lists are of something else.
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

  /// Whether each tensor of a list has the shape of the network's tensor in its place.
  private func isList(_ list: TensorList, of network: StateDict) -> Bool {
    zip(list.tensors, network.entries).allSatisfy { number, entry in
      guard entry.problem == nil, let tensor = try? tensor(number, entry.name),
        let other = try? self.tensor(entry.tensor, entry.name)
      else { return false }
      return tensor.shape == other.shape
    }
  }
}
