import Foundation
import Job
import Output
import TestSupport
import Testing

@Suite("The contact sheet of a running job")
struct GrowingContactSheetTests {
  private let temporary = try! TemporaryFolder()
  private let folder: OutputFolder
  /// Sixteen classes of 20 images, of which 16 are shown.
  private let plan = ImagePlan(
    labels: .spread(over: NumberRanges(first: 16), .interleaved), seeds: NumberRanges(first: 320))
  private let store: FakeStore
  private static let shown = 256

  init() throws {
    folder = try OutputFolder(creating: temporary.path)
    store = FakeStore(plan: plan, side: 64)
  }

  private func growing(
    done: some Sequence<Int> = [], rest: Double = 0
  ) -> GrowingContactSheet {
    var bitmap = IndexBitmap(capacity: plan.count)
    for index in done { bitmap.insert(index) }
    return GrowingContactSheet(
      folder: folder, store: store, catalog: .of(plan), imageSize: 64, done: bitmap, rest: rest)
  }

  /// Returns the sheet of the images for which `isThere` is true.
  private func expected(_ isThere: (Int) -> Bool = { _ in true }) -> RGBImage {
    ContactSheet(catalog: .of(plan), imageSize: 64).draw {
      isThere($0) ? RGBImage.plain(side: 64, plan[$0]).thumbnail() : nil
    }
  }

  private var written: RGBImage {
    get throws { try RGBImage.decode(png: temporary.contents(of: "contact-sheet.png")).image }
  }

  /// Waits until the sheet of a running job exists and shows these images.
  private func awaitDrawing(of isThere: @escaping (Int) -> Bool) async throws {
    let picture = expected(isThere)
    for _ in 0..<3000 {
      if (try? written) == picture { return }
      try await Task.sleep(for: .milliseconds(10))
    }
    Issue.record("the sheet did not come")
  }

  @Test
  func `the sheet is drawn at each doubling and at the end, and each image is read once`()
    async throws
  {
    let sheet = growing()
    for index in 0..<255 {
      sheet.add(index)
      if (index + 1).nonzeroBitCount == 1 { try await awaitDrawing { $0 <= index } }
    }
    #expect(store.reads == 128)
    sheet.add(255)
    try await awaitDrawing { _ in true }
    for index in 256..<320 { sheet.add(index) }
    try sheet.finish()
    #expect(store.reads == Self.shown)
    #expect(try written == expected())
  }

  @Test
  func `the sheet pauses after a drawing, and the next one shows all new images`() async throws {
    let sheet = growing(rest: 1e6)
    sheet.add(0)
    try await awaitDrawing { $0 == 0 }
    for index in 1..<256 { sheet.add(index) }
    try await Task.sleep(for: .milliseconds(200))
    #expect(try written == expected { $0 == 0 })
    try sheet.finish()
    #expect(try written == expected())
  }

  @Test
  func `once settled, the sheet has no temporary file and is not drawn again`() async throws {
    let sheet = growing()
    for index in 0..<128 { sheet.add(index) }
    sheet.waitForDrawing()
    let tree = temporary.tree()
    #expect([[], ["contact-sheet.png"]].contains(tree))
    for index in 128..<256 { sheet.add(index) }
    try await Task.sleep(for: .milliseconds(100))
    #expect(temporary.tree() == tree)
    #expect(store.reads <= 128)
  }

  @Test
  func `the last sheet shows all images, in any order of arrival`() throws {
    let sheet = growing()
    for index in (0..<320).reversed() where index % 3 != 0 { sheet.add(index) }
    try sheet.finish()
    #expect(try written == expected { $0 % 3 != 0 })
    #expect(temporary.tree() == ["contact-sheet.png"])
  }

  @Test
  func `images of an earlier run are on the sheet, even if this run makes none`() throws {
    try growing(done: 10..<40).finish()
    #expect(try written == expected { (10..<40).contains($0) })
  }

  @Test
  func `equal images give an equal file in any order of arrival`() throws {
    try growing(done: 0..<320).finish()
    let whole = try temporary.contents(of: "contact-sheet.png")
    let sheet = growing()
    var generator = SeededGenerator(ofTest: "order of images")
    for index in (0..<320).shuffled(using: &generator) { sheet.add(index) }
    try sheet.finish()
    #expect(try temporary.contents(of: "contact-sheet.png") == whole)
  }

  @Test
  func `without images there is no sheet`() throws {
    try growing().finish()
    #expect(temporary.tree().isEmpty)
  }

  @Test
  func `an unreadable image is left out while the job runs, and is an error at its end`()
    async throws
  {
    let sheet = growing(done: 0..<255)
    store.damage([5])
    sheet.add(255)
    try await awaitDrawing { $0 != 5 }
    #expect(throws: OutputError.system(action: "read", path: "image 5", code: EIO)) {
      try sheet.finish()
    }
    store.damage([])
    try sheet.finish()
    #expect(try written == expected())
  }

  @Test
  func `damaged images are reported at the end, and drawn once they are made again`() throws {
    let sheet = growing(done: 0..<256)
    store.garble([5, 40])
    #expect(throws: DamagedImages([5, 40])) { try sheet.finish() }
    sheet.remove([5, 40])
    store.garble([])
    for index in [40, 5] { sheet.add(index) }
    try sheet.finish()
    #expect(try written == expected())
  }

  @Test
  func `an image that is lost after it was drawn is drawn again when it returns`() throws {
    let sheet = growing(done: 0..<256)
    try sheet.finish()
    try #require(unlink(folder.contactSheetPath) == 0)
    sheet.remove([7])
    sheet.add(7)
    try sheet.finish()
    #expect(try written == expected())
  }

  @Test
  func `choosing from a million images is fast in any order`() {
    let (classes, each) = (1000, 1000)
    let grouped = (0..<classes).lazy.flatMap { repeatElement($0, count: each) }
    for labels in [
      ImagePlan.Labels.spread(over: NumberRanges(first: classes), .interleaved),
      .exact(NumberRanges(grouped)),
    ] {
      let plan = ImagePlan(labels: labels, seeds: NumberRanges(first: classes * each))
      let shown = ContactSheet(catalog: .of(plan), imageSize: 64).indices
      #expect(shown.count == classes)
      #expect(Set(shown.map { plan[$0].label }).count == classes)
    }
  }
}
