import Foundation
import Machine
import Testing

@Suite struct BatchAllocationTests {
  private func allocation(_ environment: [String: String], nodes: String? = nil) -> BatchAllocation?
  {
    BatchAllocation(environment) { $0 == "/nodes" ? nodes : nil }
  }

  @Test(arguments: [
    ("64", [64]), ("128(x3),64", [128, 128, 128, 64]), ("16(x2)", [16, 16]), ("", []), ("x", []),
    ("4(x9999999999)", []), ("4(x2000000)", []), ("-4", []), ("0", []),
  ])
  func `Slurm's list of processors gives those of each node`(text: String, processors: [Int]) {
    let found = allocation(["SLURM_JOB_ID": "7", "SLURM_JOB_CPUS_PER_NODE": text])
    #expect(found?.processors == processors && found?.system == .slurm && found?.end == nil)
  }

  @Test
  func `Slurm's variable gives the end of the job`() {
    let found = allocation(["SLURM_JOB_ID": "7", "SLURM_JOB_END_TIME": "1764200000"])
    #expect(found?.end == Date(timeIntervalSince1970: 1_764_200_000))
  }

  @Test(arguments: [("8", [16, 8]), (nil, [2, 1])])
  func `PBS names a node once for each of its ranks`(each: String?, processors: [Int]) {
    var environment = ["PBS_JOBID": "7.head", "PBS_NODEFILE": "/nodes"]
    environment["NCPUS"] = each
    #expect(allocation(environment, nodes: "a\nb\na\n")?.processors == processors)
  }

  @Test
  func `outside a batch job there is no allocation`() {
    #expect(allocation(["SLURM_CPUS_ON_NODE": "4"]) == nil)
  }
}
