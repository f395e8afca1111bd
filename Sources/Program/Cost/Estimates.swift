import Foundation
import Output

/// What a job will write.
package struct DiskEstimate: Equatable, Sendable {
  package let bytesAnImage: Int
  /// In whole blocks of the file system.
  package let bytes: Int
  package let files: Int

  /// PNG files of sampled images are about this part of their pixels. Noise does not compress, and
  /// samplers leave a little of it.
  private static let compression = 0.7
  /// Chunks and texts of a PNG file.
  private static let imageOverhead = 300
  /// A line of metadata.jsonl.
  private static let lineBytes = 90
  /// Headers, and what fills up blocks, of the files that an image has in a shard.
  private static let shardOverhead = 3 * 512 + 3 * 256
  /// job.json, status.json, timeline.svg, the contact sheet and its like.
  private static let otherFiles = 6
  private static let otherBytes = 500_000

  /// - Parameters:
  ///   - images: that are still to be written.
  ///   - total: images of the whole job.
  ///   - side: their width and height in pixels.
  ///   - meanBytes: of images that exist, where there are any.
  ///   - blockSize: of the file system.
  package init(
    images: Int, total: Int, side: Int, format: OutputFormat, meanBytes: Int?, blockSize: Int
  ) {
    let pixels = side * side * (format.isGrayscale ? 1 : 3)
    bytesAnImage = meanBytes ?? Int(Self.compression * Double(pixels)) + Self.imageOverhead
    let ofImages: Int
    switch format.container {
    case .png:
      ofImages = images * Self.padded(bytesAnImage, to: blockSize)
      files = images + Self.otherFiles
    case .tar:
      ofImages = images * (bytesAnImage + Self.shardOverhead)
      files = (images + format.shardSize - 1) / format.shardSize + Self.otherFiles
    }
    let npz = format.writesNPZ ? total * (side * side * 3 + 8) : 0
    bytes = ofImages + images * Self.lineBytes + npz + (images > 0 ? Self.otherBytes : 0)
  }

  private static func padded(_ bytes: Int, to block: Int) -> Int {
    (bytes + block - 1) / block * block
  }
}

/// What a file system has left for this user.
package struct DiskRoom: Equatable, Sendable {
  package let bytes: Int
  /// `nil` where the file system sets no limit.
  package let files: Int?
  package let blockSize: Int

  package init(bytes: Int, files: Int?, blockSize: Int) {
    self.bytes = bytes
    self.files = files
    self.blockSize = blockSize
  }

  /// Of the file system that a folder is on, or will be.
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

  /// What there is too little of for a job; `nil` where there is enough.
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

/// How long a job takes, from the time of one batch: ranks are taken to work side by side without
/// slowing each other.
package struct JobEstimate: Equatable, Sendable {
  /// Seconds that a rank needs for a batch: the longest that nothing is finished.
  package let secondsABatch: Double
  /// Seconds of the whole job.
  package let seconds: Double
  /// Seconds of processor time that the job occupies: of all threads of all ranks, busy or not.
  package let processorSeconds: Double

  /// - Parameters:
  ///   - images: that are still to be made.
  ///   - threads: of each rank.
  package init(
    secondsABatch: Double, images: Int, batchSize: Int, ranks: Int, threads: Int
  ) {
    self.secondsABatch = secondsABatch
    let batches = (images + batchSize - 1) / batchSize
    let rounds = (batches + ranks - 1) / ranks
    seconds = Double(rounds) * secondsABatch
    processorSeconds = seconds * Double(ranks) * Double(threads)
  }

  /// The time of one batch, from the speed of a whole job.
  ///
  /// - Parameters:
  ///   - imagesASecond: of all ranks together.
  ///   - jobThreads: of all ranks together.
  ///   - threads: of a rank in the job that is estimated.
  package static func secondsABatch(
    imagesASecond: Double, jobThreads: Int, batchSize: Int, threads: Int
  ) -> Double {
    Double(batchSize) * Double(jobThreads) / (imagesASecond * Double(threads))
  }
}
