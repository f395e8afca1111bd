import Testing

extension ClusterTests {
  @Test
  func `an array of slices ends as one folder, with the bytes of one process`() async throws {
    try await Lab.run { lab in
      let dataset = Dataset(lab, count: 60, pace: 100)
      let job = try await dataset.submit("array.sh", nodes: "1", "--array", "1-4")
      try await dataset.requireCompletion(of: job)
    }
  }
}
