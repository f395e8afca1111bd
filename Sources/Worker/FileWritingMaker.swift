import Files
import Foundation
import Job
import Output

/// Makes images as another maker does, and writes each to the shared output folder itself, so that
/// only its name travels.
package struct FileWritingMaker: ImageMaker {
  package struct Settings: Sendable {
    let folder: String
    let rank: Int
    let patience: Duration
    let clock: ActivityClock

    /// - Parameters:
    ///   - folder: the output folder, as this rank sees it.
    ///   - rank: this process's.
    ///   - patience: how long to wait for a disk that is full.
    ///   - clock: is told when time is spent on writing.
    package init(folder: String, rank: Int, patience: Duration, clock: ActivityClock) {
      self.folder = folder
      self.rank = rank
      self.patience = patience
      self.clock = clock
    }
  }

  private let maker: any ImageMaker
  private let settings: Settings
  private let note: (String) -> Void

  /// - Parameter note: told what the user should know.
  package init(_ maker: any ImageMaker, _ settings: Settings, note: @escaping (String) -> Void) {
    self.maker = maker
    self.settings = settings
    self.note = note
  }

  /// - Throws: a `Failure` when a file cannot be written, besides what the other maker throws.
  package func make(
    _ requests: [ImageRequest], report: (StepReport) -> Void
  ) throws -> MadeImages {
    var made = try maker.make(requests, report: report)
    settings.clock.begin(.writing)
    defer { settings.clock.begin(.network) }
    made.finished = try made.finished.map(written)
    return made
  }

  private func written(_ image: FinishedImage) throws -> FinishedImage {
    guard case .png(let png) = image.content else { return image }
    var retries = RetrySchedule(since: .now)
    while true {
      do {
        let partial = try PartialImage.write(
          png, index: image.index, folder: settings.folder, rank: settings.rank)
        return FinishedImage(index: image.index, content: .written(partial: partial))
      } catch let error as OutputError
        where error.isTransient && !retries.isOver(settings.patience, at: .now)
      {
        note(
          "waiting: \(error.about(folder: "\(settings.folder)/images")); ranks that cannot write "
            + "keep their images and try again")
        Thread.sleep(forTimeInterval: retries.nextPause() / .seconds(1))
      } catch let error as OutputError where error.isTransient {
        throw Failure(error, otherwise: .incomplete)
      } catch {
        throw Failure(error, otherwise: .cannotWrite)
      }
    }
  }
}
