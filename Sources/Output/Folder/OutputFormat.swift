/// The form in which a job's images are stored in its folder. Part of job.json.
package struct OutputFormat: Sendable, Codable, Equatable {
  /// How numbered PNG files are distributed over folders.
  package enum Layout: String, Sendable, Codable, CaseIterable {
    /// All in one folder: `images/000123.png`.
    case flat
    /// A thousand per folder: `images/000/000123.png`.
    case subdirs
    /// One folder per class, as `torchvision.datasets.ImageFolder` reads them:
    /// `images/007/000123.png`.
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
  /// The number of images per shard.
  package var shardSize: Int
  /// Whether images are 8-bit grey instead of RGB.
  package var isGrayscale: Bool
  /// Whether guided-diffusion's `samples_NxHxWx3.npz` is written at the end.
  package var writesNPZ: Bool
  /// Whether the images of the base stage are kept in a folder of their own. `nil` means no.
  package var keepsBase: Bool?

  /// The name of the folder of images or shards inside the job's folder.
  package var imagesFolder: String { container == .png ? "images" : "shards" }

  /// The number of images that a slice of a job cannot divide: those of a shard.
  package var sliceUnit: Int { container == .tar ? shardSize : 1 }

  /// What a slice cannot divide.
  package var sliceName: String { container == .tar ? "shard" : "image" }

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
