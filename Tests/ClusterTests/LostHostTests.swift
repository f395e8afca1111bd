import Testing

extension DisturbedClusterTests {
  @Test(arguments: ["several-nodes.sh", "srun-pmix.sh"])
  func `a job completes when one of its nodes is set down`(script: String) async throws {
    try await Lab.run { lab in
      let dataset = Dataset(lab)
      let job = try await dataset.submit(script, nodes: "2-3")
      try await dataset.waitForImages(1)
      try await lab.run(
        "scontrol", "update", "NodeName=h3", "State=DOWN", "Reason=a test")
      try await dataset.requireCompletion(of: job)
    }
  }

  @Test(arguments: ["lose", "disconnect"], ["several-nodes.sh", "srun-pmix.sh"])
  func `a job completes when a host is lost, and does not wait for it`(how: String, script: String)
    async throws
  {
    try await Lab.run { lab in
      let dataset = Dataset(lab)
      let job = try await dataset.submit(script, nodes: "2-3")
      try await dataset.waitForImages(1)
      try await lab.host(how, "h3")
      try await dataset.requireCompletion(of: job)
    }
  }

  @Test(arguments: ["lose", "disconnect"])
  func `a job completes on other hosts when the host of rank 0 is lost`(how: String) async throws {
    try await Lab.run { lab in
      let dataset = Dataset(lab)
      let job = try await dataset.submit("several-nodes.sh", nodes: "2-3")
      try await dataset.waitForImages(1)
      try await lab.host(how, "h1")
      try await dataset.requireCompletion(of: job)
      try await #expect(job.restarts > 0)
    }
  }
}
