import Foundation
import Job
import Synchronization

/// The folder's `contact-sheet.png` while a job runs: drawn anew whenever twice as many of its
/// images are there as the last time, or all of them, on a thread of its own.
///
/// The images are read back from where they were published, only those that are shown.
package final class GrowingContactSheet: Sendable {
  private struct State {
    /// The images shown that are there.
    var present: Set<Int>
    /// How many were there when it was last asked to be drawn.
    var asked = 0
    /// How many the file shows.
    var drawn = 0
  }

  private let folder: OutputFolder
  private let store: any ImageStore
  private let sheet: ContactSheet
  private let state: Mutex<State>
  private let queue = DispatchQueue(label: "contact sheet", qos: .utility)

  /// - Parameters:
  ///   - imageSize: the images' side in pixels.
  ///   - done: the images that an earlier run made.
  package init(
    folder: OutputFolder, store: any ImageStore, catalog: ImageCatalog, imageSize: Int,
    done: IndexBitmap
  ) {
    self.folder = folder
    self.store = store
    sheet = ContactSheet(catalog: catalog, imageSize: imageSize)
    state = Mutex(State(present: sheet.indices.filter(done.contains)))
  }

  /// Takes note of an image that the store has from now on; returns at once.
  package func add(_ index: Int) {
    guard sheet.indices.contains(index) else { return }
    let isDue = state.withLock { state in
      state.present.insert(index)
      let count = state.present.count
      guard count >= 2 * state.asked || count == sheet.indices.count else { return false }
      state.asked = count
      return true
    }
    guard isDue else { return }
    // What cannot be read or written now may be at the end, where it is an error.
    queue.async { try? self.draw { try? self.store.image(index: $0) } }
  }

  /// Waits for the drawing in hand, and draws the last one unless that showed everything; no file
  /// when there is no image.
  ///
  /// - Throws: `OutputError` when an image cannot be read or the sheet not be written.
  package func finish() throws {
    try queue.sync {
      guard state.withLock({ $0.drawn < $0.present.count }) else { return }
      try draw(store.image)
    }
  }

  /// Waits for the drawing in hand, of which a process that ends now would leave half a file.
  package func settle() {
    queue.sync {}
  }

  private func draw(_ read: (Int) throws -> RGBImage?) throws {
    let present = state.withLock { $0.present }
    var drawn = 0
    let picture = try sheet.draw { index in
      guard present.contains(index), let image = try read(index) else { return nil }
      drawn += 1
      return image
    }
    try folder.writeContactSheet(picture.pngData(content: .drawing))
    state.withLock { $0.drawn = drawn }
  }
}
