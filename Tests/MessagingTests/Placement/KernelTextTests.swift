import Foundation
import Messaging
import TestSupport
import Testing

/// What is read of the kernel's files, from folders that look like its own.
@Suite struct KernelTextTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func write(_ text: String, to path: String) throws {
    let file = folder.url.appending(path: path)
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data((text + "\n").utf8).write(to: file)
  }

  // MARK: - Topology

  private func cores(_ processors: [Int]) -> [[Int]] {
    ProcessorTopology(folder: folder.url.path).cores(of: processors)
  }

  @Test("processors are divided by core, cores ordered by package")
  func topology() throws {
    // Two packages that take turns in the numbering, two cores each, two threads a core.
    for processor in 0..<8 {
      let first = processor % 4
      try write("\(first),\(first + 4)", to: "cpu\(processor)/topology/thread_siblings_list")
      try write("\(processor % 2)", to: "cpu\(processor)/topology/physical_package_id")
    }
    #expect(cores(Array(0..<8)) == [[0, 4], [2, 6], [1, 5], [3, 7]])
    #expect(cores([7, 6, 3]) == [[6], [3, 7]])
  }

  @Test("siblings may be written as a range")
  func range() throws {
    for processor in 0..<4 {
      let first = processor / 2 * 2
      try write("\(first)-\(first + 1)", to: "cpu\(processor)/topology/thread_siblings_list")
    }
    #expect(cores([0, 1, 2, 3]) == [[0, 1], [2, 3]])
  }

  @Test("a processor of which nothing is known is a core of its own")
  func unknown() throws {
    try write("what?", to: "cpu1/topology/thread_siblings_list")
    #expect(cores([2, 1]) == [[1], [2]])
    #expect(cores([]) == [])
  }

  // MARK: - Quota

  private func quota(_ membership: String) -> Double? {
    ProcessorQuota(root: folder.url.path, membership: membership).processors
  }

  @Test(
    "the quota is the tightest of the group and those around it, in both versions",
    arguments: [
      (["a/b/cpu.max": "150000 100000"], "0::/a/b", 1.5),
      (["a/cpu.max": "200000 100000", "a/b/cpu.max": "max 100000"], "0::/a/b", 2),
      (["a/cpu.max": "200000 100000", "a/b/cpu.max": "900000 100000"], "0::/a/b", 2),
      // A container's own root.
      (["cpu.max": "50000 100000"], "0::/", 0.5),
      (["cpu.max": "50000 100000"], "0::/docker/of/the/host", 0.5),
      (["a/cpu.max": "max 100000"], "0::/a", nil),
      ([:], "0::/a", nil), ([:], "", nil), (["cpu.max": "nonsense"], "0::/", nil),
      (["cpu.max": "1 0"], "0::/", nil),
      (
        ["cpu/a/cpu.cfs_quota_us": "400000", "cpu/a/cpu.cfs_period_us": "100000"],
        "4:memory:/b\n2:cpu:/a\n0::/", 4
      ),
      (
        ["cpu,cpuacct/cpu.cfs_quota_us": "25000", "cpu,cpuacct/cpu.cfs_period_us": "50000"],
        "2:cpu,cpuacct:/docker/x", 0.5
      ),
      (
        ["cpu/a/cpu.cfs_quota_us": "-1", "cpu/a/cpu.cfs_period_us": "100000"], "2:cpu:/a", nil
      ),
      (["cpuset/a/cpu.cfs_quota_us": "1000"], "2:cpuset:/a", nil),
    ] as [([String: String], String, Double?)])
  func quota(files: [String: String], membership: String, processors: Double?) throws {
    for (path, text) in files { try write(text, to: path) }
    #expect(quota(membership) == processors)
  }

  @Test("this process may use a processor of a host with a name")
  func here() {
    #expect(!Placement.current.host.isEmpty)
    #expect(ProcessorShare.all(of: [Placement.current])[0].threads >= 1)
    #expect(Placement.current != Placement(host: Placement.current.host, cores: []))
  }
}
