import Testing

extension DisturbedClusterTests {
  @Test
  func `a job that was cancelled is not requeued, and completes when it is submitted again`()
    async throws
  {
    try await Lab.run { lab in
      let dataset = Dataset(lab)
      let cancelled = try await dataset.submit("several-nodes.sh")
      try await dataset.waitForImages(1)
      try await lab.run("scancel", "\(cancelled.id)")
      try await cancelled.waitForState("CANCELLED")
      let job = try await dataset.submit("several-nodes.sh")
      try await dataset.requireCompletion(of: job)
      try await #expect(cancelled.states == ["CANCELLED"])
    }
  }

  /// In the lab, a preempted job has 3 to 15 s. The second batch takes longer.
  @Test(arguments: ["several-nodes.sh", "srun-pmix.sh"], [500, 8000])
  func
    `a preempted job is requeued and completes, even if a batch takes longer than the grace time`(
      script: String, pace: Int
    ) async throws
  {
    try await Lab.run { lab in
      let dataset = Dataset(lab, count: pace < 1000 ? 240 : 18, pace: pace)
      let job = try await dataset.submit(script)
      try await job.waitForState("RUNNING")
      try await dataset.waitForImages(pace < 1000 ? 1 : 0)
      try await lab.run(
        "sbatch", "--wait", "--partition", "high", "--nodes", "3", "--exclusive", "--output",
        "/dev/null", "--wrap", "sleep 1")
      try await dataset.requireCompletion(of: job)
      try await #expect(job.restarts > 0)
    }
  }

  @Test(arguments: ["several-nodes.sh", "srun-pmix.sh"])
  func `a job that an administrator requeues completes`(script: String) async throws {
    try await Lab.run { lab in
      let dataset = Dataset(lab)
      let job = try await dataset.submit(script)
      try await dataset.waitForImages(1)
      try await lab.run("scontrol", "requeue", "\(job.id)")
      try await dataset.requireCompletion(of: job)
      try await #expect(job.restarts == 1)
    }
  }

  /// Slurm's shortest limit is a minute. The signal is in time for the short batches, and too late
  /// for the long ones.
  @Test(arguments: [(count: 900, pace: 500), (count: 36, pace: 12_000)])
  func `a job that reaches its time limit is requeued and completes`(count: Int, pace: Int)
    async throws
  {
    try await Lab.run { lab in
      let dataset = Dataset(lab, count: count, pace: pace)
      let job = try await dataset.submit("several-nodes.sh", nodes: "3", "--time", "1")
      try await dataset.requireCompletion(of: job)
      try await #expect(job.restarts > 0)
    }
  }
}
