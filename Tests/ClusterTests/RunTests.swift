import Testing

extension ClusterTests {
  @Test(arguments: [("one-node.sh", "1"), ("several-nodes.sh", "3"), ("srun-pmix.sh", "3")])
  func `a job on any number of hosts ends with the bytes of one process, and MPI is silent`(
    script: String, nodes: String
  ) async throws {
    try await Lab.run { lab in
      let dataset = Dataset(lab, count: 60, pace: 100)
      let job = try await dataset.submit(script, nodes: nodes)
      try await dataset.requireCompletion(of: job)
      let log = try dataset.report()
      // Open MPI's messages name it, a component, or the host and process in brackets.
      for word in ["Open MPI", "OPEN-MPI", "connect()", "recv(", "btl", "ORTE", "PMIX", "[h"] {
        #expect(!log.contains(word), "\(log)")
      }
    }
  }
}
