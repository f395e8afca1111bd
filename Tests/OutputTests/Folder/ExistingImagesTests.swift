import Foundation
import Job
import Output
import TestSupport
import Testing

@Suite struct ExistingImagesTests {
  static let formats = [
    OutputFormat(), OutputFormat(layout: .subdirs), OutputFormat(layout: .classes),
    OutputFormat(container: .tar, shardSize: 4),
  ]

  private func catalog(_ format: OutputFormat) throws -> ImageCatalog {
    ImageCatalog(
      work: Work(.spread(over: 3, count: 10)), format: format,
      classCount: 3, classNames: nil)
  }

  /// Writes images as a job does, and returns the sizes of their files.
  private func write(
    _ indices: [Int], to folder: TemporaryFolder, _ catalog: ImageCatalog
  ) throws -> [Int] {
    let output = try OutputFolder(creating: folder.path)
    let store: any PublishingStore =
      catalog.format.container == .tar
      ? TarShardStore(folder: output, catalog: catalog)
      : PNGFolderStore(folder: output, catalog: catalog)
    _ = try store.open(check: nil)
    return try indices.map { index in
      let png = try [UInt8](RGBImage.pattern(width: 3 + 20 * index, height: 3).pngData())
      try store.add(FinishedImage(index: index, png: png)) { _ in }
      return png.count
    }
  }

  @Test(arguments: formats)
  func `images of any format are counted, and nothing is changed`(format: OutputFormat) throws {
    let (folder, catalog) = (try TemporaryFolder(), try catalog(format))
    #expect(try ExistingImages(in: folder.path, catalog: catalog).count == 0)
    let sizes = try write([0, 1, 2, 3, 5, 9], to: folder, catalog)
    let before = folder.tree()
    let found = try ExistingImages(in: folder.path, catalog: catalog)
    #expect(found.count == 6)
    #expect(found.meanBytes == sizes.reduce(0, +) / sizes.count)
    #expect(folder.tree() == before)
  }

  @Test
  func `other files, images outside the plan and truncated files do not count`() throws {
    let (folder, catalog) = (try TemporaryFolder(), try catalog(OutputFormat()))
    _ = try write([0, 1], to: folder, catalog)
    try folder.write("x", to: "images/000002.png")
    try folder.write("x", to: "images/000010.png")
    try folder.write("x", to: "images/photo.png")
    try folder.write("x", to: "images/.000003.png.partial")
    let before = folder.tree()
    let found = try ExistingImages(in: folder.path, catalog: catalog)
    #expect(found.count == 2)
    #expect(folder.tree() == before)
  }
}
