import Foundation
import Job
import Synchronization
import Threads

/// The folder's `contact-sheet.png` while a job runs: drawn anew whenever twice as many of its
/// images are there as the last time, or all of them, on a thread of its own, which rests between
/// drawings so that it takes little from the job.
///
/// The images are read back from where they were published, only those that are shown, each once.
package final class GrowingContactSheet: Sendable {
  private struct State {
    /// The images shown that are there.
    var present: Set<Int>
    /// How many were there when it was last drawn.
    var looked = 0
    /// How many the file shows.
    var drawn = 0
    /// Of the images that have been read, until all are shown.
    var thumbnails: [Int: RGBImage] = [:]
    /// Whether a drawing is in hand, or is to be made when the rest is over.
    var isScheduled = false
    var nextDrawing = ContinuousClock.now
    var isSettled = false
  }

  private let folder: OutputFolder
  private let store: any ImageStore
  private let sheet: ContactSheet
  private let rest: Double
  private let state: Mutex<State>
  /// Held by the one thread that draws.
  private let drawing = Mutex(())

  /// - Parameters:
  ///   - imageSize: the images' side in pixels.
  ///   - done: the images that an earlier run made.
  ///   - rest: how many times as long as a drawing took passes before the next, while the job runs.
  package init(
    folder: OutputFolder, store: any ImageStore, catalog: ImageCatalog, imageSize: Int,
    done: IndexBitmap, rest: Double = 20
  ) {
    self.folder = folder
    self.store = store
    self.rest = rest
    sheet = ContactSheet(catalog: catalog, imageSize: imageSize)
    state = Mutex(State(present: sheet.indices.filter(done.contains)))
  }

  /// Takes note of an image that the store has from now on; returns at once.
  package func add(_ index: Int) {
    guard sheet.indices.contains(index) else { return }
    state.withLock { state in
      state.present.insert(index)
      scheduleIfDue(&state)
    }
  }

  /// Has it drawn after the rest, once twice as many are there as the last time, or all.
  private func scheduleIfDue(_ state: inout State) {
    let count = state.present.count
    let isDue = count >= 2 * state.looked || count == sheet.indices.count
    guard isDue, count > state.looked, !state.isScheduled, !state.isSettled else { return }
    let time = state.nextDrawing
    // Without a thread it is drawn when the job ends.
    state.isScheduled = (try? BackgroundThread.start { self.drawWhileRunning(at: time) }) != nil
  }

  private func drawWhileRunning(at time: ContinuousClock.Instant) {
    Thread.sleep(forTimeInterval: max(0, (time - .now) / .seconds(1)))
    let start = ContinuousClock.now
    // What cannot be read or written now may be at the end, where it is an error.
    try? drawIfGrown { try? self.store.image(index: $0) }
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    state.withLock { state in
      state.isScheduled = false
      state.nextDrawing = .now + .seconds(rest * seconds)
      scheduleIfDue(&state)
    }
  }

  /// Waits for the drawing in hand, and draws the last one unless that showed everything; no file
  /// when there is no image.
  ///
  /// - Throws: `DamagedImages` with those that have to be made again, whose places are empty in the
  ///   file; `OutputError` when an image cannot be read for another reason or the sheet cannot be
  ///   written.
  package func finish() throws {
    let damaged = try drawLast()
    if !damaged.isEmpty { throw DamagedImages(damaged.sorted()) }
  }

  private func drawLast() throws -> [Int] {
    var damaged: [Int] = []
    try drawIfGrown { index in
      do {
        return try store.image(index: index)
      } catch OutputError.unreadableImage {
        damaged.append(index)
        return nil
      }
    }
    return damaged
  }

  /// Takes note of images that are no longer in the store; they may be added again.
  package func remove(_ indices: [Int]) {
    state.withLock { state in
      let shown = state.present.intersection(indices)
      guard !shown.isEmpty else { return }
      state.present.subtract(shown)
      // What the file shows of them is out of date.
      state.drawn = min(state.drawn, state.present.count)
      state.looked = min(state.looked, state.present.count)
    }
  }

  /// Waits for the drawing in hand, of which a process that ends now would leave half a file; the
  /// last of all calls.
  package func waitForDrawing() {
    state.withLock { $0.isSettled = true }
    drawing.withLock { _ in }
  }

  private func drawIfGrown(_ read: (Int) throws -> RGBImage?) throws {
    try drawing.withLock { _ in try drawIfGrownAlone(read) }
  }

  private func drawIfGrownAlone(_ read: (Int) throws -> RGBImage?) throws {
    let present: Set<Int>? = state.withLock { state in
      guard !state.isSettled, state.drawn < state.present.count else { return nil }
      state.looked = state.present.count
      return state.present
    }
    guard let present else { return }
    var drawn = 0
    let picture = try sheet.draw { index in
      guard present.contains(index), let thumbnail = try thumbnail(index, read) else { return nil }
      drawn += 1
      return thumbnail
    }
    try folder.writeContactSheet(picture.pngData(content: sheet.content))
    state.withLock { state in
      state.drawn = drawn
      if drawn == sheet.indices.count { state.thumbnails = [:] }
    }
  }

  private func thumbnail(_ index: Int, _ read: (Int) throws -> RGBImage?) throws -> RGBImage? {
    if let known = state.withLock({ $0.thumbnails[index] }) { return known }
    guard let thumbnail = try read(index).map(sheet.thumbnail) else { return nil }
    state.withLock { $0.thumbnails[index] = thumbnail }
    return thumbnail
  }
}
