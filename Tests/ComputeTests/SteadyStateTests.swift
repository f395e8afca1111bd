import CHeap
import Compute
import Foundation
import Testing

/// Each test runs in its own process, because the heap and oneDNN's messages belong to the process.
@Suite struct SteadyStateTests {
  /// Blocks that a thread keeps for itself count as in use, so the number varies by a few hundred
  /// bytes. A leak in fifty runs is much larger.
  @Test(arguments: Machine.productTypes)
  func `a run leaves no memory allocated`(_ type: ElementType) async {
    await #expect(processExitsWith: .success) { [type] in
      for threads in 1...2 {
        let experiment = Experiment(batch: 1)
        _ = experiment.smallNetwork(type)
        let plan = try CompiledGraph(experiment.graph, threads: threads)
        experiment.fill(plan)
        for _ in 0..<30 { try plan.run() }
        let before = heap_bytes_in_use()
        for _ in 0..<50 { try plan.run() }
        #expect(heap_bytes_in_use() < before + 1024, "\(threads) threads")
      }
    }
  }

  @Test
  func `a run neither creates nor ends threads, even with fewer images than threads`() async {
    await #expect(processExitsWith: .success) {
      let experiment = Experiment(batch: 2)
      let x = experiment.input(height: 16, width: 16, channels: 64)
      let norm = experiment.graph.groupNorm(
        [x], scale: experiment.weight(64).parameter, shift: experiment.weight(64).parameter,
        activates: true)
      // The last operation uses the whole team, so that newly created threads are visible.
      _ = experiment.graph.upsampled(experiment.graph.converted(norm.output, to: .bf16))
      let plan = try CompiledGraph(experiment.graph, threads: 4)
      func threads() throws -> Set<String> {
        Set(try FileManager.default.contentsOfDirectory(atPath: "/proc/self/task"))
      }
      try plan.run()
      let before = try threads()
      for _ in 0..<5 { try plan.run() }
      #expect(try threads() == before)
    }
  }

  @Test(arguments: Machine.productTypes)
  func `a run creates no primitives`(_ type: ElementType) async throws {
    let result = await #expect(
      processExitsWith: .success, observing: [\.standardOutputContent]
    ) { [type] in
      setenv("DNNL_VERBOSE", "2", 1)
      setenv("ONEDNN_VERBOSE", "2", 1)
      let experiment = Experiment()
      _ = experiment.smallNetwork(type)
      let plan = try CompiledGraph(experiment.graph, threads: 2)
      experiment.fill(plan)
      print("compiled")
      for _ in 0..<3 { try plan.run() }
      fflush(nil)
    }
    let output = String(decoding: try #require(result).standardOutputContent, as: UTF8.self)
    let parts = output.components(separatedBy: "compiled")
    try #require(parts.count == 2, "\(output)")
    #expect(parts[0].contains("create"))
    #expect(parts[1].contains("exec"))
    #expect(!parts[1].contains("create"))
  }
}
