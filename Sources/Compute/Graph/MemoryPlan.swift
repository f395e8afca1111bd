/// The positions of the values of a graph in one block of memory. Values that are never needed at
/// the same time share memory.
package struct MemoryPlan: Sendable {
  /// The byte offset of each value, by its id. Offsets are 64-byte aligned.
  package let offsets: [Int]
  package let byteCount: Int

  private struct Interval {
    let value: Value
    let first: Int
    let last: Int
  }

  /// Places the largest values first, each at the lowest offset that is free during its whole
  /// lifetime.
  package init(_ graph: Graph, keeping kept: Set<Value> = []) {
    let throughout = kept.union(graph.inputs).union(graph.outputs.values)
    let roots = Self.sharedPlaces(graph, throughout: throughout)
    let intervals = Self.lifetimes(graph, roots: roots, throughout: throughout)
      .sorted { ($0.value.byteCount, $1.value.id) > ($1.value.byteCount, $0.value.id) }
    var offsets = [Int](repeating: 0, count: graph.values.count)
    var placed: [(interval: Interval, offset: Int)] = []
    var total = 0
    for interval in intervals {
      let size = aligned(interval.value.byteCount)
      var offset = 0
      // `placed` is sorted by offset. The first gap that is wide enough is used.
      for other in placed
      where other.interval.first <= interval.last && interval.first <= other.interval.last {
        if other.offset >= offset + size { break }
        offset = max(offset, other.offset + aligned(other.interval.value.byteCount))
      }
      offsets[interval.value.id] = offset
      total = max(total, offset + size)
      let index = placed.firstIndex { $0.offset > offset } ?? placed.endIndex
      placed.insert((interval, offset), at: index)
    }
    self.offsets = roots.map { offsets[$0] }
    byteCount = total
  }

  /// Returns the first and last operation that touch each position. Inputs and kept values are
  /// needed throughout.
  private static func lifetimes(
    _ graph: Graph, roots: [Int], throughout: Set<Value>
  ) -> [Interval] {
    var first = [Int?](repeating: nil, count: graph.values.count)
    var last = [Int](repeating: 0, count: graph.values.count)
    for (index, operation) in graph.operations.enumerated() {
      for value in operation.inputs + operation.outputs {
        let root = roots[value.id]
        first[root] = first[root] ?? index
        last[root] = index
      }
    }
    for value in throughout {
      first[roots[value.id]] = 0
      last[roots[value.id]] = graph.operations.count
    }
    return graph.values.compactMap { value in
      first[value.id].map { Interval(value: value, first: $0, last: last[value.id]) }
    }
  }

  /// Returns for each value the value whose memory it uses: itself or, if it is the result of
  /// adding to a value that is not needed afterwards, that value.
  private static func sharedPlaces(_ graph: Graph, throughout: Set<Value>) -> [Int] {
    var roots = Array(graph.values.indices)
    var lastUse = [Int](repeating: 0, count: graph.values.count)
    for (index, operation) in graph.operations.enumerated() {
      for value in operation.inputs { lastUse[value.id] = index }
    }
    for (index, operation) in graph.operations.enumerated() {
      guard let (old, new) = operation.replacement, lastUse[old.id] == index,
        !throughout.contains(old), old.byteCount == new.byteCount
      else { continue }
      roots[new.id] = roots[old.id]
    }
    return roots
  }
}
