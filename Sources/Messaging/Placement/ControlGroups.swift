import Foundation

/// The control groups that limit a process, in either version of them (Linux's
/// Documentation/admin-guide/cgroup-v2.rst and cgroup-v1/).
package struct ControlGroups {
  private let root: String
  private let membership: String

  static var ofThisProcess: ControlGroups {
    let membership = try? String(contentsOfFile: "/proc/self/cgroup", encoding: .utf8)
    return ControlGroups(root: "/sys/fs/cgroup", membership: membership ?? "")
  }

  /// - Parameters:
  ///   - root: where the groups are mounted.
  ///   - membership: the lines of /proc/self/cgroup.
  package init(root: String, membership: String) {
    self.root = root
    self.membership = membership
  }

  /// The smallest of the limits that the process's groups, and those around them, set.
  ///
  /// - Parameters:
  ///   - controller: what is limited.
  ///   - new: a group's limit where version 2 keeps it, by the group's folder.
  ///   - old: the same for version 1.
  func least<Limit: Comparable>(
    _ controller: String, new: (String) -> Limit?, old: (String) -> Limit?
  ) -> Limit? {
    membership.split(separator: "\n").flatMap { line in
      // "hierarchy:controllers:path"; version 2 has hierarchy 0 and no controllers.
      let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard fields.count == 3 else { return [Limit]() }
      let groups = Self.groups(from: String(fields[2]))
      if fields[1].isEmpty { return groups.compactMap { new(root + $0) } }
      guard fields[1].split(separator: ",").contains(Substring(controller)) else { return [] }
      return groups.compactMap {
        old("\(root)/\(fields[1])\($0)") ?? old("\(root)/\(controller)\($0)")
      }
    }.min()
  }

  /// The path and those it lies in. A container may see its own group as the root and still be told
  /// the path outside, so any of them may be missing.
  private static func groups(from path: String) -> [String] {
    let names = path.split(separator: "/")
    return (0...names.count).map { names.prefix($0).map { "/\($0)" }.joined() }
  }

  /// The words of a file; none where it cannot be read.
  static func words(_ file: String) -> [Substring] {
    let text = try? String(contentsOfFile: file, encoding: .utf8)
    return text?.split(whereSeparator: \.isWhitespace) ?? []
  }
}
