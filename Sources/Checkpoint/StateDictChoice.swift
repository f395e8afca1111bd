/// The choice among the state dicts of a checkpoint.
struct StateDictChoice {
  /// All state dicts that were found, in the order of the file.
  private(set) var candidates: [StateDict] = []
  /// The index of the one to read.
  private(set) var chosen = 0
  /// The indices of those with other weights for the same purpose.
  private(set) var alternatives: [Int] = []
  /// The reason for the choice.
  private(set) var reason = Reason.only

  package enum Reason: Sendable { case only, averaged, named }

  private let contents: CheckpointContents
  private let file: MappedFile
  private static let mostCandidates = 64

  /// - Parameters:
  ///   - pattern: the wanted network, or `nil` for any dictionary of tensors.
  ///   - key: the key of the state dict to read, or its beginning; `nil` to decide by the file.
  /// - Throws: `CheckpointError` if there is no state dict, or no way to choose among several.
  init(
    _ contents: CheckpointContents, _ pattern: NetworkPattern?, key: String?, _ file: MappedFile
  ) throws(CheckpointError) {
    self.contents = contents
    self.file = file
    candidates = try find(pattern)
    let wanted = try eligible(pattern, key)
    let distinct = withoutCopies(wanted)
    chosen = try decide(distinct, isNamed: key != nil)
    alternatives = withoutCopies([chosen] + fitting(pattern, Array(candidates.indices)))
      .filter { $0 != chosen }
    reason = key != nil ? .named : distinct.count > 1 ? .averaged : .only
  }

  // MARK: - Candidates

  private func find(_ pattern: NetworkPattern?) throws(CheckpointError) -> [StateDict] {
    let (own, optimizers) = partition(contents.dictionaries)
    var found = pattern.map { pattern in own.flatMap { $0.stateDicts(pattern) } } ?? []
    if !found.isEmpty {
      let networks = found
      found += contents.listedAverages(of: networks)
      found += contents.unrecognisedAverages(beside: networks, in: own)
      found += pickledAverages(beside: networks)
    } else {
      found = largest(own)
    }
    for index in found.indices where contents.storesAverages(under: found[index].path) {
      found[index].isAveraged = true
    }
    guard !found.isEmpty else { throw NoStateDict(contents, optimizers, file).error }
    guard found.count <= Self.mostCandidates else {
      throw file.badData(nil, "holds \(found.count) networks, which is more than any model has")
    }
    return found
  }

  private func partition(
    _ dictionaries: [TensorDictionary]
  ) -> (own: [TensorDictionary], optimizers: [TensorDictionary]) {
    // The state of an optimizer has these two keys at its top level.
    let isOptimizer = ["state", "param_groups"].allSatisfy(contents.topKeys.contains)
    return (
      dictionaries.filter { !isOptimizer && !AveragedNames.nameOptimizer($0.path) },
      dictionaries.filter { isOptimizer || AveragedNames.nameOptimizer($0.path) }
    )
  }

  /// The dictionary with the most tensors, or the outermost of several. Used if no network was
  /// recognised.
  private func largest(_ dictionaries: [TensorDictionary]) -> [StateDict] {
    let most = dictionaries.map(\.entries.count).max()
    return dictionaries.first { $0.entries.count == most }.map { [StateDict($0)] } ?? []
  }

  /// Averaged networks that were saved as Python objects next to readable state dicts.
  private func pickledAverages(beside found: [StateDict]) -> [StateDict] {
    contents.modules.prefix(8).compactMap { key, className in
      guard AveragedNames.nameAverages(key.split(separator: ".").map(String.init)) else {
        return nil
      }
      return StateDict(
        key: key, prefix: "", isAveraged: true, aliases: [], path: [key], entries: [],
        problem: NoStateDict.module(className))
    }
  }

  // MARK: - The choice

  private func fitting(_ pattern: NetworkPattern?, _ indices: [Int]) -> [Int] {
    guard let pattern else { return indices }
    let fitting = indices.filter {
      candidates[$0].problem != nil || pattern.fits(candidates[$0].entries)
    }
    return fitting.contains { candidates[$0].problem == nil } ? fitting : indices
  }

  private func eligible(
    _ pattern: NetworkPattern?, _ key: String?
  ) throws(CheckpointError) -> [Int] {
    let all = Array(candidates.indices)
    guard let key else { return fitting(pattern, all) }
    let exact = all.filter { candidates[$0].key == key || candidates[$0].aliases.contains(key) }
    let named = exact.isEmpty ? all.filter { candidates[$0].answers(to: key) } : exact
    guard !named.isEmpty else {
      throw file.noSuchKey("holds no weights under the key '\(key)'; its keys are \(list(all))")
    }
    return fitting(pattern, named)
  }

  /// The state dicts whose tensors differ from those of all before them.
  private func withoutCopies(_ indices: [Int]) -> [Int] {
    var distinct: [Int] = []
    for index in indices where !distinct.contains(where: { isCopy(index, $0) }) {
      distinct.append(index)
    }
    return distinct
  }

  private func isCopy(_ a: Int, _ b: Int) -> Bool {
    let (a, b) = (candidates[a], candidates[b])
    guard a.problem == nil, b.problem == nil, a.entries.count == b.entries.count else {
      return false
    }
    let others = Dictionary(b.entries.map { ($0.name, $0) }, uniquingKeysWith: { $1 })
    return a.entries.allSatisfy { entry in
      guard let other = others[entry.name] else { return false }
      if entry.tensor == other.tensor { return true }
      guard entry.problem == nil, other.problem == nil,
        let mine = try? contents.tensor(entry.tensor, entry.name),
        let others = try? contents.tensor(other.tensor, entry.name)
      else { return false }
      return mine.hasSameElements(as: others)
    }
  }

  /// Returns the only state dict, or the only averaged one.
  private func decide(_ distinct: [Int], isNamed: Bool) throws(CheckpointError) -> Int {
    if distinct.count == 1 { return distinct[0] }
    let averaged = distinct.filter { candidates[$0].isAveraged }
    guard averaged.count == 1, isNamed || isAverageOfAnother(averaged[0], distinct) else {
      throw file.severalKeys(list(distinct))
    }
    return averaged[0]
  }

  /// Returns whether another candidate has the same names, so that this one can be its average.
  private func isAverageOfAnother(_ index: Int, _ others: [Int]) -> Bool {
    let names = Set(candidates[index].entries.map(\.name))
    return candidates[index].problem != nil
      || others.contains { $0 != index && Set(candidates[$0].entries.map(\.name)) == names }
  }

  private func list(_ indices: [Int]) -> String {
    indices.map { candidates[$0].summary }.joined(separator: ", ")
  }

  // MARK: - Tensors

  /// The tensors of the chosen state dict, after all checks.
  func tensors() throws(CheckpointError) -> [StoredTensor] {
    let dictionary = candidates[chosen]
    if let problem = dictionary.problem {
      let others = candidates.indices.filter { $0 != chosen && candidates[$0].problem == nil }
      guard !others.isEmpty else { throw file.badData(dictionary.key, problem) }
      throw file.unreadableKey(dictionary.key, problem, others: list(others))
    }
    var tensors: [StoredTensor] = []
    for entry in dictionary.entries where !isBesideTheWeights(entry, in: dictionary) {
      if let problem = entry.problem {
        throw file.badData("tensor \(dictionary.prefix)\(entry.name)", problem)
      }
      tensors.append(try contents.tensor(entry.tensor, entry.name))
    }
    return tensors
  }

  /// Returns whether an unreadable entry cannot be part of a network.
  private func isBesideTheWeights(
    _ entry: TensorDictionary.Entry, in dictionary: StateDict
  ) -> Bool {
    guard entry.problem != nil else { return false }
    return entry.name.hasSuffix("_extra_state")
      || !entry.name.utf8.contains(UInt8(ascii: "."))
        && dictionary.entries.contains {
          $0.problem == nil
        }
  }
}

extension StateDict {
  /// The key as it appears in lists in messages.
  package var summary: String {
    let name = key == TensorDictionary.outermost ? "\(key) (the outermost dictionary)" : key
    return isAveraged ? "\(name) (averaged)" : name
  }
}
