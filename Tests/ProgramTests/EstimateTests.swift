import Foundation
import Output
import Program
import Testing

@Suite struct EstimateTests {
  @Test(arguments: [
    // images, batch size, ranks, threads: rounds
    (100, 10, 1, 2, 10.0), (100, 10, 4, 1, 3), (101, 10, 4, 1, 3), (1, 10, 8, 4, 1),
    (0, 10, 2, 1, 0), (50_000, 4, 32, 4, 391),
  ])
  func `the number of rounds follows from batches and ranks`(
    images: Int, batchSize: Int, ranks: Int, threads: Int, rounds: Double
  ) {
    let estimate = JobEstimate(
      secondsPerBatch: 2.5, images: images, batchSize: batchSize, ranks: ranks, threads: threads)
    #expect(estimate.seconds == 2.5 * rounds)
    #expect(estimate.processorSeconds == 2.5 * rounds * Double(ranks * threads))
    #expect(estimate.secondsPerBatch == 2.5)
  }

  @Test
  func `the time of a batch follows from a job's speed and threads`() {
    // 8 threads generate 4 images per second, so a thread needs 2 s for one, and two threads 10 s
    // for ten.
    #expect(
      JobEstimate.secondsPerBatch(imagesPerSecond: 4, jobThreads: 8, batchSize: 10, threads: 2)
        == 10)
  }

  private func disk(
    _ images: Int, total: Int? = nil, side: Int = 64, _ format: OutputFormat = OutputFormat(),
    meanBytes: Int? = nil
  ) -> DiskEstimate {
    DiskEstimate(
      images: images, total: total ?? images, side: side, format: format, meanBytes: meanBytes,
      blockSize: 4096)
  }

  @Test
  func `files take whole blocks, and existing images give the size of the others`() {
    #expect(disk(1000, meanBytes: 4097).bytesPerImage == 4097)
    #expect((8_192_000..<9_000_000).contains(disk(1000, meanBytes: 4097).bytes))
    #expect((1000...1010).contains(disk(1000).files))
  }

  @Test
  func `no estimate of an image exceeds its pixels by more than its texts`() {
    for side in [32, 64, 128, 256, 512] {
      #expect(disk(1, side: side).bytesPerImage < 3 * side * side + 500)
      let grey = OutputFormat(isGrayscale: true)
      #expect(disk(1, side: side, grey).bytesPerImage < side * side + 500)
    }
  }

  @Test
  func `shards need few files, and an npz contains all images, including existing ones`() {
    let tar = OutputFormat(container: .tar, shardSize: 1000)
    #expect(disk(50_000, tar).files < 70)
    let npz = OutputFormat(writesNPZ: true)
    let difference = disk(10, total: 100, npz).bytes - disk(10, total: 100).bytes
    let pixels = 100 * 3 * 64 * 64
    #expect(difference >= pixels && difference < pixels + 10_000)
    #expect(disk(0).bytes < 10_000)
  }

  @Test
  func `a lack of space is reported in bytes first, then in files`() {
    let need = disk(1000, meanBytes: 4000)
    func room(_ bytes: Int, _ files: Int?) -> DiskRoom {
      DiskRoom(bytes: bytes, files: files, blockSize: 4096)
    }
    #expect(room(10_000_000, 10_000).shortage(need) == nil)
    #expect(room(10_000_000, nil).shortage(need) == nil)
    #expect(room(1_000_000, 10_000).shortage(need)?.contains("1.0 MB free") == true)
    #expect(room(10_000_000, 500).shortage(need)?.contains("--format tar") == true)
  }

  @Test
  func `the space of a folder that does not exist is that of its parent`() throws {
    let here = try #require(DiskRoom(at: FileManager.default.temporaryDirectory.path))
    let there = try #require(
      DiskRoom(at: FileManager.default.temporaryDirectory.path + "/a-\(UUID())/b/c"))
    #expect(here.bytes > 0 && here.blockSize == there.blockSize)
  }
}
