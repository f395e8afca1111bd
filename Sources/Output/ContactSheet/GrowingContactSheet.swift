import Foundation
import Job
import Synchronization
import Threads

/// Keeps the folder's `contact-sheet.png` up to date while a job runs. The sheet is drawn again
/// when twice as many of its images exist as at the last drawing, or when all of them exist. A
/// separate thread draws it, and pauses between drawings so that the job is hardly slowed down.
///
/// Only images that are shown are read back from the output folder, each of them once.
package final class GrowingContactSheet: Sendable {
  private struct State {
    /// The images on the sheet that exist.
    var present: Set<Int>
    /// The number that existed when the sheet was last drawn.
    var looked = 0
    /// The number that the file shows.
    var drawn = 0
    /// The thumbnails of the images that were read. Empty once all are shown.
    var thumbnails: [Int: RGBImage] = [:]
    /// Whether a drawing is in progress, or will be made after the pause.
    var isScheduled = false
    var nextDrawing = ContinuousClock.now
    var isSettled = false
  }

  private let folder: OutputFolder
  private let store: any ImageStore
  private let sheet: ContactSheet
  private let rest: Double
  private let state: Mutex<State>
  /// Held by the thread that draws.
  private let drawing = Mutex(())

  /// - Parameters:
  ///   - imageSize: the side of the images in pixels.
  ///   - done: the images that already exist.
  ///   - rest: the pause between two drawings while the job runs, as a multiple of the time that
  ///     the last drawing took.
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

  /// Records an image that the store now holds. Returns immediately.
  package func add(_ index: Int) {
    guard sheet.indices.contains(index) else { return }
    state.withLock { state in
      state.present.insert(index)
      scheduleIfDue(&state)
    }
  }

  /// Schedules a drawing after the pause, if twice as many images exist as at the last one, or all.
  private func scheduleIfDue(_ state: inout State) {
    let count = state.present.count
    let isDue = count >= 2 * state.looked || count == sheet.indices.count
    guard isDue, count > state.looked, !state.isScheduled, !state.isSettled else { return }
    let time = state.nextDrawing
    // Without a thread, the sheet is drawn when the job ends.
    state.isScheduled = (try? BackgroundThread.start { self.drawWhileRunning(at: time) }) != nil
  }

  private func drawWhileRunning(at time: ContinuousClock.Instant) {
    Thread.sleep(forTimeInterval: max(0, (time - .now) / .seconds(1)))
    let start = ContinuousClock.now
    // Files that cannot be read or written now are tried again at the end. Only then it is an
    // error.
    try? drawIfGrown { try? self.store.image(index: $0) }
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    state.withLock { state in
      state.isScheduled = false
      state.nextDrawing = .now + .seconds(rest * seconds)
      scheduleIfDue(&state)
    }
  }

  /// Waits for the current drawing to finish, and draws the sheet again unless it shows everything.
  /// Writes no file if there are no images.
  ///
  /// - Throws: `DamagedImages` with the images that must be generated again. Their places in the
  ///   file are empty. `OutputError` if an image cannot be read for another reason, or if the sheet
  ///   cannot be written.
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

  /// Records images that the store no longer holds. They may be added again.
  package func remove(_ indices: [Int]) {
    state.withLock { state in
      let shown = state.present.intersection(indices)
      guard !shown.isEmpty else { return }
      state.present.subtract(shown)
      // The file shows an outdated version of them.
      state.drawn = min(state.drawn, state.present.count)
      state.looked = min(state.looked, state.present.count)
    }
  }

  /// Waits for the current drawing to finish, because a process that ends during a drawing leaves a
  /// half-written file. This must be the last call.
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
