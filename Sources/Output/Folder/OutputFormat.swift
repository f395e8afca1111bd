/// In which form a job's images lie in its folder; job.json holds it.
package struct OutputFormat: Sendable, Codable, Equatable {
  /// How numbered PNG files are spread over folders.
  package enum Layout: String, Sendable, Codable, CaseIterable {
    /// All in one: `images/000123.png`.
    case flat
    /// A thousand a folder: `images/000/000123.png`.
    case subdirs
    /// A folder a class: `images/007/000123.png`, as `torchvision.datasets.ImageFolder` reads them.
    case classes
  }

  package enum Container: String, Sendable, Codable, CaseIterable {
    /// Numbered PNG files.
    case png
    /// WebDataset shards: `shards/000000.tar`.
    case tar
  }

  package static let shardSizes = 1...1_000_000

  package var container: Container
  package var layout: Layout
  /// Images a shard.
  package var shardSize: Int
  /// Whether images are 8-bit grey instead of RGB.
  package var isGrayscale: Bool
  /// Whether guided-diffusion's `samples_NxHxWx3.npz` is written at the end.
  package var writesNPZ: Bool

  /// The folder of images, or of shards, inside the job's.
  package var imagesFolder: String { container == .png ? "images" : "shards" }

  package init(
    container: Container = .png, layout: Layout = .flat, shardSize: Int = 1000,
    isGrayscale: Bool = false, writesNPZ: Bool = false
  ) {
    self.container = container
    self.layout = layout
    self.shardSize = shardSize
    self.isGrayscale = isGrayscale
    self.writesNPZ = writesNPZ
  }
}
