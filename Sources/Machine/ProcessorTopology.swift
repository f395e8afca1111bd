import Foundation
import Job

/// Determines which processors are hardware threads of the same core, from /sys/devices/system/cpu.
package struct ProcessorTopology {
  private let folder: String

  static let ofThisMachine = ProcessorTopology(folder: "/sys/devices/system/cpu")

  package init(folder: String) {
    self.folder = folder
  }

  /// Groups `processors` by physical core. The kernel numbers neighbours in a package
  /// consecutively.
  ///
  /// - Returns: one list per core, ordered by package and by number. A processor without
  ///   information from the kernel counts as a core of its own.
  package func cores(of processors: [Int]) -> [[Int]] {
    let cores = Dictionary(grouping: processors.sorted()) { processor in
      Core(
        package: read("physical_package_id", processor)?.first ?? 0,
        first: read("thread_siblings_list", processor)?.min() ?? processor)
    }
    return cores.sorted { $0.key < $1.key }.map(\.value)
  }

  /// Returns the numbers of a kernel list such as `0-3,8`, possibly with a newline.
  static func numbers(_ text: (some StringProtocol)?) -> [Int]? {
    guard let list = text?.split(whereSeparator: \.isWhitespace).first,
      let ranges = try? NumberRanges(parsing: String(list), named: "", limit: 1 << 20)
    else { return nil }
    return (0..<ranges.count).map { ranges[$0] }
  }

  private func read(_ file: String, _ processor: Int) -> [Int]? {
    let path = "\(folder)/cpu\(processor)/topology/\(file)"
    return Self.numbers(try? String(contentsOfFile: path, encoding: .utf8))
  }

  private struct Core: Hashable, Comparable {
    let package: Int
    let first: Int

    static func < (one: Core, other: Core) -> Bool {
      (one.package, one.first) < (other.package, other.first)
    }
  }
}
