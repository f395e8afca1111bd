import Foundation
import Job

/// Determines which processors are hardware threads of the same core, and which cores share a cache
/// or memory, from /sys/devices/system/cpu.
package struct ProcessorTopology {
  private let folder: String

  static let ofThisMachine = ProcessorTopology(folder: "/sys/devices/system/cpu")

  package init(folder: String) {
    self.folder = folder
  }

  /// The place of a core. Cores that compare as neighbours share the most.
  private struct Core: Hashable, Comparable {
    let package: Int
    let memory: Int
    /// The first processor that shares the last-level cache, which on some processors is that of
    /// a group of cores only.
    let cache: Int
    let first: Int

    private var order: (Int, Int, Int, Int) { (package, memory, cache, first) }

    static func < (one: Core, other: Core) -> Bool { one.order < other.order }
  }

  /// Groups `processors` by physical core.
  ///
  /// - Returns: one list per core, ordered by package, NUMA node, last-level cache and number, so
  ///   that consecutive cores are near each other. A processor without information from the kernel
  ///   counts as a core of its own.
  package func cores(of processors: [Int]) -> [[Int]] {
    places(of: processors).map(\.processors)
  }

  /// Returns the shape of the part of the machine that consists of `processors`.
  package func shape(of processors: [Int]) -> ProcessorShape {
    let cores = places(of: processors)
    let caches = Dictionary(grouping: cores) { core in
      [core.place.package, core.place.memory, core.place.cache]
    }
    return ProcessorShape(
      coresByCache: caches.keys.sorted { $0.lexicographicallyPrecedes($1) }
        .map { caches[$0]!.count },
      memories: Set(cores.map { [$0.place.package, $0.place.memory] }).count,
      processorsPerCore: cores.map(\.processors.count).max() ?? 1)
  }

  /// Returns the part of the memory that is near each of the cores of `cores(of:)`: the number of
  /// its package, on machines with several packages that have memory of their own.
  ///
  /// - Returns: an empty list if the memory is not divided. Virtual machines often have a package
  ///   for each processor, but only one NUMA node.
  package func memories(of processors: [Int]) -> [Int] {
    let places = places(of: processors).map(\.place)
    let packages = Set(places.map(\.package))
    let nodes = Set(places.map(\.memory))
    return packages.count > 1 && packages.count <= nodes.count ? places.map(\.package) : []
  }

  private func places(of processors: [Int]) -> [(place: Core, processors: [Int])] {
    Dictionary(grouping: processors.sorted(), by: core).map { ($0, $1) }
      .sorted { $0.place < $1.place }
  }

  private func core(_ processor: Int) -> Core {
    let memory = 0..<Self.memoryLimit
    return Core(
      package: read("topology/physical_package_id", processor)?.first ?? 0,
      memory: memory.first { exists("node\($0)", processor) } ?? 0,
      cache: read("cache/index3/shared_cpu_list", processor)?.min() ?? 0,
      first: read("topology/thread_siblings_list", processor)?.min() ?? processor)
  }

  /// The largest number of NUMA nodes that are looked for.
  private static let memoryLimit = 64

  /// Returns the numbers of a kernel list such as `0-3,8`, possibly with a newline.
  static func numbers(_ text: (some StringProtocol)?) -> [Int]? {
    guard let list = text?.split(whereSeparator: \.isWhitespace).first,
      let ranges = try? NumberRanges(parsing: String(list), named: "", limit: 1 << 20)
    else { return nil }
    return (0..<ranges.count).map { ranges[$0] }
  }

  private func read(_ file: String, _ processor: Int) -> [Int]? {
    Self.numbers(try? String(contentsOfFile: "\(folder)/cpu\(processor)/\(file)", encoding: .utf8))
  }

  private func exists(_ name: String, _ processor: Int) -> Bool {
    FileManager.default.fileExists(atPath: "\(folder)/cpu\(processor)/\(name)")
  }
}
