import Foundation
import Machine
import TestSupport
import Testing

@Suite struct HostLoadTests {
  private func load(_ placements: [Placement], threads: Int? = nil) -> [HostLoad] {
    let shares = ProcessorShare.all(of: placements)
    let teams = zip(shares, placements).map {
      ThreadAssignment($0, at: $1, threads: threads)
    }
    return HostLoad.all(of: placements, teams: teams)
  }

  private let mpirun = Launcher(name: "mpirun", processors: 8)
  private let eight = (0..<8).map { [$0] }

  @Test
  func `ranks that can use all processors leave none idle`() {
    let load = load([Placement](repeating: Placement(host: "a", cores: eight), count: 4))
    #expect(load == [HostLoad(host: "a", ranks: 4, threads: 8, usable: 8, available: 8)])
    #expect(load[0].used == 8)
  }

  @Test
  func `ranks bound to cores can use only those, even if their launcher has more`() {
    let load = load([
      Placement(host: "a", cores: [[0]], launcher: mpirun),
      Placement(host: "a", cores: [[1]], launcher: mpirun),
    ])
    #expect(load == [HostLoad(host: "a", ranks: 2, threads: 2, usable: 2, available: 8)])
  }

  @Test(arguments: [(2.0, 2), (1.5, 2), (0.5, 1)])
  func `a quota limits the usable and the available processors`(quota: Double, processors: Int) {
    let load = load([Placement(host: "a", cores: eight, quota: quota, launcher: mpirun)])
    #expect(load[0].usable == processors && load[0].available == processors)
  }

  @Test
  func `each host is counted separately, with the requested threads`() {
    let load = load(
      ["a", "b", "a"].map { Placement(host: $0, cores: eight) }, threads: 8)
    #expect(load.map(\.host) == ["a", "b"])
    #expect(load.map(\.threads) == [16, 8] && load.map(\.ranks) == [2, 1])
  }

  // MARK: - The launcher

  private func launcher(
    _ processes: [(id: String, parent: String, name: String, list: String)],
    environment: [String: String] = [:]
  ) throws -> Launcher? {
    let folder = try TemporaryFolder()
    for process in processes {
      let place = folder.url.appending(path: process.id)
      try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
      try Data("\(process.name)\n".utf8).write(to: place.appending(path: "comm"))
      try Data("Name:\tx\nPPid:\t\(process.parent)\nCpus_allowed_list:\t\(process.list)\n".utf8)
        .write(to: place.appending(path: "status"))
    }
    return Launcher(proc: folder.url.path, environment: environment)
  }

  @Test
  func `the launcher is found behind a script, and the search ends there`() throws {
    let found = try launcher([
      ("self", "12", "diffuse-mpi", "0"), ("12", "11", "bash", "0"), ("11", "10", "mpirun", "0-3"),
      ("10", "1", "bash", "0-7"),
    ])
    #expect(found == Launcher(name: "mpirun", processors: 4))
    #expect(found?.isSlurm == false)
  }

  @Test
  func `of Slurm's launcher, only the processors of the job count`() throws {
    let found = try launcher(
      [("self", "11", "diffuse-mpi", "0"), ("11", "1", "slurmstepd", "0-127")],
      environment: ["SLURM_CPUS_ON_NODE": "16"])
    #expect(found == Launcher(name: "slurmstepd", processors: 16))
    #expect(found?.isSlurm == true)
  }

  @Test
  func `a program started by hand, or with unreadable ancestors, has no launcher`() throws {
    #expect(
      try launcher([("self", "9", "x", "0"), ("9", "1", "bash", "0-7"), ("1", "0", "init", "0-7")])
        == nil)
    #expect(try launcher([("self", "9", "x", "0")]) == nil)
    #expect(try launcher([]) == nil)
    #expect(try launcher([("self", "9", "x", "0"), ("9", "1", "mpirun", "what?")]) == nil)
    // A cycle, which a kernel never reports.
    #expect(try launcher([("self", "9", "x", "0"), ("9", "9", "bash", "0")]) == nil)
  }
}
