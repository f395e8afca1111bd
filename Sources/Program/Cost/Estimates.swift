import Foundation
import Output

/// An estimate of the files that a job will write.
package struct DiskEstimate: Equatable, Sendable {
  package let bytesPerImage: Int
  /// The size in bytes, in whole blocks of the file system.
  package let bytes: Int
  package let files: Int

  /// The size of PNG files of sampled images, relative to their pixels. Noise does not compress,
  /// and samplers leave a little of it.
  private static let compression = 0.7
  /// The size of the chunks and texts of a PNG file.
  private static let imageOverhead = 300
  /// The size of a line of metadata.jsonl.
  private static let lineBytes = 90
  /// The size of the headers and block padding of an image's files in a shard.
  private static let shardOverhead = 3 * 512 + 3 * 256
  /// job.json, status.json, timeline.svg, the contact sheet and similar files.
  private static let otherFiles = 6
  private static let otherBytes = 500_000

  /// - Parameters:
  ///   - images: the number of images that are still to be written.
  ///   - total: the number of images in the whole job.
  ///   - side: the width and height of the images in pixels.
  ///   - meanBytes: the mean size of existing images, if there are any.
  ///   - blockSize: the block size of the file system.
  package init(
    images: Int, total: Int, side: Int, format: OutputFormat, meanBytes: Int?, blockSize: Int
  ) {
    let pixels = side * side * (format.isGrayscale ? 1 : 3)
    bytesPerImage = meanBytes ?? Int(Self.compression * Double(pixels)) + Self.imageOverhead
    let ofImages: Int
    switch format.container {
    case .png:
      ofImages = images * Self.padded(bytesPerImage, to: blockSize)
      files = images + Self.otherFiles
    case .tar:
      ofImages = images * (bytesPerImage + Self.shardOverhead)
      files = (images + format.shardSize - 1) / format.shardSize + Self.otherFiles
    }
    let npz = format.writesNPZ ? total * (side * side * 3 + 8) : 0
    bytes = ofImages + images * Self.lineBytes + npz + (images > 0 ? Self.otherBytes : 0)
  }

  private static func padded(_ bytes: Int, to block: Int) -> Int {
    (bytes + block - 1) / block * block
  }
}

/// The free space of a file system for this user.
package struct DiskRoom: Equatable, Sendable {
  package let bytes: Int
  /// `nil` if the file system has no limit.
  package let files: Int?
  package let blockSize: Int

  package init(bytes: Int, files: Int?, blockSize: Int) {
    self.bytes = bytes
    self.files = files
    self.blockSize = blockSize
  }

  /// Determines the space of the file system on which a folder is, or will be.
  package init?(at path: String) {
    var place = URL(fileURLWithPath: path)
    var status = statvfs()
    while statvfs(place.path, &status) != 0 {
      guard place.path != "/", errno == ENOENT || errno == ENOTDIR else { return nil }
      place.deleteLastPathComponent()
    }
    let block = Int(clamping: status.f_frsize)
    self.init(
      bytes: Int(clamping: status.f_bavail).multipliedReportingOverflow(by: block).partialValue,
      files: status.f_files == 0 ? nil : Int(clamping: status.f_favail), blockSize: max(1, block))
  }

  /// Describes the shortage for a job. Returns `nil` if there is enough space.
  package func shortage(_ estimate: DiskEstimate) -> String? {
    if estimate.bytes > bytes {
      return "the images need about \(ByteText.decimal(estimate.bytes)), but the file system has "
        + "\(ByteText.decimal(bytes)) free"
    }
    guard let files, estimate.files > files else { return nil }
    return "the job writes \(estimate.files) files, but the file system has room for \(files) "
      + "(inodes); use --format tar"
  }
}

/// An estimate of the duration of a job, from the time of one batch. It assumes that ranks do not
/// slow each other down.
package struct JobEstimate: Equatable, Sendable {
  /// The time in seconds that a rank needs for a batch. No image may be finished for that long.
  package let secondsPerBatch: Double
  /// The duration of the whole job in seconds.
  package let seconds: Double
  /// The processor time in seconds that the job occupies, with all threads of all ranks, busy or
  /// not.
  package let processorSeconds: Double

  /// The time in seconds that a batch script should reserve for the end of a job, in addition to
  /// the longest batch.
  private static let reserve = 60.0

  /// How many seconds before its time limit a batch system should signal the job, so that all
  /// batches in progress are finished.
  package var signalLead: Int { Int((secondsPerBatch + Self.reserve).rounded(.up)) }

  /// - Parameters:
  ///   - images: the number of images that are still to be generated.
  ///   - threads: the number of threads of each rank.
  package init(
    secondsPerBatch: Double, images: Int, batchSize: Int, ranks: Int, threads: Int
  ) {
    self.secondsPerBatch = secondsPerBatch
    let batches = (images + batchSize - 1) / batchSize
    let rounds = (batches + ranks - 1) / ranks
    seconds = Double(rounds) * secondsPerBatch
    processorSeconds = seconds * Double(ranks) * Double(threads)
  }

  /// Returns the time of one batch, computed from the speed of a whole job.
  ///
  /// - Parameters:
  ///   - imagesPerSecond: the images per second of all ranks together.
  ///   - jobThreads: the number of threads of all ranks together.
  ///   - threads: the number of threads of a rank in the estimated job.
  package static func secondsPerBatch(
    imagesPerSecond: Double, jobThreads: Int, batchSize: Int, threads: Int
  ) -> Double {
    Double(batchSize) * Double(jobThreads) / (imagesPerSecond * Double(threads))
  }
}
