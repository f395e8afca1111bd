import Foundation
import TestSupport
import Testing

extension EndToEndTests {
  /// The processors that the threads of a running job may use, according to the kernel.
  @Suite("Places of threads") struct PlacesTests {
    /// For each rank, the processors of each computing thread.
    private typealias Places = [[Set<Int>]]

    /// Long enough to be observed. The job is ended afterwards.
    private static let long = ["--num-samples", "100", "--batch-size", "2"]

    private static let machine = processors(of: URL(filePath: "/proc/self")) ?? []

    @Test(arguments: [1, 2, 3, 8])
    func `ranks use different processors while there are enough`(ranks: Int) async throws {
      try await run([], ranks: ranks) { places in
        guard ranks <= Self.machine.count else {
          return places.allSatisfy { $0 == [Self.machine] }
        }
        let sets = places.compactMap(\.first)
        let union = sets.reduce(into: Set()) { $0.formUnion($1) }
        return places.allSatisfy { $0.count == $0[0].count && Set($0).count == 1 }
          && Set(sets.map(\.count)).count == 1 && sets.map(\.count).reduce(0, +) == union.count
          && union.isSubset(of: Self.machine)
      }
    }

    @Test(arguments: [1, 2])
    func `with --pin threads each thread has its own processor`(ranks: Int) async throws {
      try await run(["--pin", "threads"], ranks: ranks) { places in
        guard ranks <= Self.machine.count else {
          return places.allSatisfy { $0 == [Self.machine] }
        }
        let all = places.joined()
        return all.allSatisfy { $0.count == 1 } && Set(all).count == all.count
          && all.count > Self.machine.count / 2
      }
    }

    @Test(arguments: [1, 2])
    func `with --pin off threads may use every processor of the job`(ranks: Int) async throws {
      try await run(["--pin", "off"], ranks: ranks) { places in
        places.joined().allSatisfy { $0 == Self.machine }
      }
    }

    @Test(arguments: ["ranks", "threads"])
    func `the program never leaves the affinity mask that it was started with`(pin: String)
      async throws
    {
      let last = try #require(Self.machine.max())
      try await run(["--pin", pin], ranks: 2, on: last) { places in
        places.allSatisfy { $0 == [[last]] }
      }
    }

    @Test
    func `images do not depend on the processors of the threads`() async throws {
      let free = try await JobFolder.made(Program.quick + ["--pin", "off"], ranks: 2)
      for pin in ["ranks", "threads"] {
        let job = try await JobFolder.made(Program.quick + ["--pin", pin], ranks: 2)
        #expect(try job.results == free.results)
        #expect(try job.settings == free.settings)
      }
    }

    // MARK: - Looking

    /// Runs a job until `isRight` holds for the processors of its threads. Fails if it never does.
    ///
    /// - Parameter processor: the only processor that the job may use.
    private func run(
      _ arguments: [String], ranks: Int, on processor: Int? = nil, until isRight: (Places) -> Bool
    ) async throws {
      let folder = try TemporaryFolder()
      var command = [try BuiltProgram.url("diffuse-mpi").path] + arguments + Self.long
      command += ["--out", folder.url.path]
      if let processor { command = ["/usr/bin/taskset", "-c", "\(processor)"] + command }
      let begun = folder.url.appending(path: "images/metadata.jsonl").path
      var seen: Places = []
      var wasRight = false
      _ = try await TestProcess.mpirun(
        ranks: ranks, URL(filePath: command[0]), Array(command.dropFirst()),
        timeout: .seconds(300)
      ) { mpirun in
        while !wasRight && kill(mpirun, 0) == 0 {
          try await Task.sleep(for: .milliseconds(20))
          guard FileManager.default.fileExists(atPath: begun) else { continue }
          let places = Self.places(ofJob: mpirun)
          guard places.count == ranks, places.allSatisfy({ !$0.isEmpty }) else { continue }
          seen = places
          wasRight = isRight(places)
        }
        kill(mpirun, SIGTERM)
      }
      #expect(wasRight, "the threads were last at \(seen)")
    }

    private static func places(ofJob mpirun: Int32) -> Places {
      children(of: mpirun).map { process in
        let tasks = URL(filePath: "/proc/\(process)/task")
        let names = (try? FileManager.default.contentsOfDirectory(atPath: tasks.path)) ?? []
        return names.map { tasks.appending(path: $0) }
          .filter { text($0.appending(path: "comm")) == "sampling\n" }
          .compactMap(processors)
      }
    }

    private static func children(of parent: Int32) -> [Int32] {
      let list = URL(filePath: "/proc/\(parent)/task/\(parent)/children")
      return text(list)?.split(separator: " ").compactMap { Int32($0) } ?? []
    }

    private static func processors(of task: URL) -> Set<Int>? {
      let line = text(task.appending(path: "status"))?.split(separator: "\n")
        .first { $0.hasPrefix("Cpus_allowed_list:") }
      let list = line?.split(whereSeparator: \.isWhitespace).last
      return list.map { list in
        Set(
          list.split(separator: ",").flatMap { item in
            let ends = item.split(separator: "-").compactMap { Int($0) }
            return ends[0]...ends[ends.count - 1]
          })
      }
    }

    private static func text(_ file: URL) -> String? {
      try? String(contentsOf: file, encoding: .utf8)
    }
  }
}
