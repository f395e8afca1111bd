import Foundation
import Machine
import TestSupport
import Testing

/// Facts that are read from the kernel's files, in folders with the same structure.
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

  @Test
  func `processors are grouped by core, and cores are ordered by package`() throws {
    // Two packages that alternate in the numbering, with two cores each and two threads per core.
    for processor in 0..<8 {
      let first = processor % 4
      try write("\(first),\(first + 4)", to: "cpu\(processor)/topology/thread_siblings_list")
      try write("\(processor % 2)", to: "cpu\(processor)/topology/physical_package_id")
    }
    #expect(cores(Array(0..<8)) == [[0, 4], [2, 6], [1, 5], [3, 7]])
    #expect(cores([7, 6, 3]) == [[6], [3, 7]])
  }

  @Test
  func `siblings can be a range`() throws {
    for processor in 0..<4 {
      let first = processor / 2 * 2
      try write("\(first)-\(first + 1)", to: "cpu\(processor)/topology/thread_siblings_list")
    }
    #expect(cores([0, 1, 2, 3]) == [[0, 1], [2, 3]])
  }

  @Test
  func `a processor without topology is a separate core`() throws {
    try write("what?", to: "cpu1/topology/thread_siblings_list")
    #expect(cores([2, 1]) == [[1], [2]])
    #expect(cores([]) == [])
  }

  @Test
  func `cores that share memory and a cache are neighbours, and are counted`() throws {
    // Two packages with two NUMA nodes each, whose cores alternate in the numbering. In each NUMA
    // node there are two caches of two cores.
    for processor in 0..<16 {
      let (package, node) = (processor / 8, processor % 2)
      let cache = processor / 4 * 4 + node
      try write("\(package)", to: "cpu\(processor)/topology/physical_package_id")
      try write("\(cache),\(cache + 2)", to: "cpu\(processor)/cache/index3/shared_cpu_list")
      try write("", to: "cpu\(processor)/node\(2 * package + node)/cpulist")
    }
    #expect(
      cores(Array(0..<16)).flatMap(\.self)
        == [0, 2, 4, 6, 1, 3, 5, 7, 8, 10, 12, 14, 9, 11, 13, 15])
    let topology = ProcessorTopology(folder: folder.url.path)
    #expect(
      topology.shape(of: Array(0..<16))
        == ProcessorShape(
          coresByCache: Array(repeating: 2, count: 8), memories: 4, processorsPerCore: 1))
    #expect(topology.shape(of: [0, 2, 4]).coresByCache == [2, 1])
    #expect(topology.memories(of: [0, 1, 8]) == [0, 0, 1])
    #expect(topology.memories(of: [0, 1]) == [])
  }

  @Test
  func `the memory of a virtual machine with a package for each processor is not divided`() throws {
    for processor in 0..<4 {
      try write("\(processor)", to: "cpu\(processor)/topology/physical_package_id")
      try write("", to: "cpu\(processor)/node0/cpulist")
    }
    #expect(ProcessorTopology(folder: folder.url.path).memories(of: [0, 1, 2, 3]) == [])
  }

  // MARK: - Quota

  private func groups(_ membership: String) -> ControlGroups {
    ControlGroups(root: folder.url.path, membership: membership)
  }

  private func quota(_ membership: String) -> Double? {
    ProcessorQuota(groups(membership)).processors
  }

  @Test(
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
  func `the quota is the smallest of the group and its parents, in both versions`(
    files: [String: String], membership: String, processors: Double?
  ) throws {
    for (path, text) in files { try write(text, to: path) }
    #expect(quota(membership) == processors)
  }

  // MARK: - Memory

  @Test(
    arguments: [
      ([:], "0::/", nil),
      (["meminfo": "MemTotal: 9 kB\nMemFree: 1 kB\nMemAvailable:  8 kB"], "", 8192),
      (
        ["meminfo": "MemAvailable: 8 kB", "a/memory.max": "max", "a/memory.current": "7"], "0::/a",
        8192
      ),
      (
        ["meminfo": "MemAvailable: 8 kB", "a/memory.max": "5000", "a/memory.current": "1000"],
        "0::/a", 4000
      ),
      (["a/memory.max": "5000", "a/memory.current": "1000"], "0::/a/b/c", 4000),
      (
        [
          "a/memory.max": "5000", "a/memory.current": "4000", "a/b/memory.max": "4500",
          "a/b/memory.current": "4400",
          "a/b/memory.stat": "anon 1\nfile 3000\nactive_file 1000\ninactive_file 2000\nshmem 5",
        ], "0::/a/b", 1000
      ),
      // More memory in use than the limit, and cached files that are charged to another group.
      (["memory.max": "5000", "memory.current": "6000"], "0::/", 0),
      (
        ["memory.max": "5000", "memory.current": "1", "memory.stat": "active_file 9"], "0::/", 5000
      ),
      (["memory.max": "5000"], "0::/", nil),
      (["memory.max": "", "memory.current": ""], "0::/", nil),
      (
        [
          "memory/a/memory.limit_in_bytes": "5000", "memory/a/memory.usage_in_bytes": "3000",
          "memory/a/memory.stat":
            "active_file 1\ntotal_active_file 600\ntotal_inactive_file 400\ntotal_rss 2000",
        ], "4:memory:/a\n2:cpu:/b\n0::/", 3000
      ),
      // No limit, as written by version 1.
      (
        [
          "meminfo": "MemAvailable: 8 kB", "memory/memory.limit_in_bytes": "9223372036854771712",
          "memory/memory.usage_in_bytes": "3000",
        ], "4:memory:/a", 8192
      ),
    ] as [([String: String], String, Int?)])
  func `the free memory is the least of the machine's and the groups', not counting files`(
    files: [String: String], membership: String, bytes: Int?
  ) throws {
    for (path, text) in files { try write(text, to: path) }
    let memory = AvailableMemory(groups(membership), proc: folder.url.path)
    #expect(memory.shared == bytes)
  }

  @Test(
    arguments: [
      ("Max address space         8192000    unlimited    bytes", "VmSize:\t 2000 kB", 6_144_000),
      (
        "Max cpu time unlimited unlimited seconds\nMax address space 1024 2048 bytes",
        "VmSize: 9 kB", 0
      ),
      ("Max address space unlimited unlimited bytes", "VmSize: 9 kB", nil),
      ("Max address space 1024 2048 bytes", "", nil), ("", "VmSize: 9 kB", nil),
    ] as [(String, String, Int?)])
  func `the free address space is the soft limit minus the mapped size`(
    limits: String, status: String, bytes: Int?
  ) throws {
    try write(limits, to: "self/limits")
    try write(status, to: "self/status")
    let memory = AvailableMemory(groups(""), proc: folder.url.path)
    #expect(memory.addressSpace == bytes)
  }

  @Test
  func `this process can use at least one processor on a named host`() {
    #expect(!Placement.current.host.isEmpty)
    #expect((Placement.current.memory ?? 0) > 1 << 20)
    #expect(ProcessorShare.all(of: [Placement.current])[0].threads >= 1)
    #expect(Placement.current != Placement(host: Placement.current.host, cores: []))
  }
}
