import Diffusion
import Files
import Foundation
import Job
import Output

/// An image maker that wraps another one and writes each image to the shared output folder, so that
/// only its name is sent.
package struct FileWritingMaker: ImageMaker {
  package struct Settings: Sendable {
    let folder: String
    let rank: Int
    let patience: Duration
    let clock: ActivityClock
    let text: @Sendable (any Error) -> String

    /// - Parameters:
    ///   - folder: the path of the output folder on this rank's host.
    ///   - rank: the rank of this process.
    ///   - patience: how long to wait for a full disk.
    ///   - clock: records the time that is spent writing.
    ///   - text: describes an error to the user.
    package init(
      folder: String, rank: Int, patience: Duration, clock: ActivityClock,
      text: @escaping @Sendable (any Error) -> String = { "\($0)" }
    ) {
      self.folder = folder
      self.rank = rank
      self.patience = patience
      self.clock = clock
      self.text = text
    }
  }

  private let maker: any ImageMaker
  private let settings: Settings
  private let note: (String) -> Void

  /// - Parameter note: receives messages for the user.
  package init(_ maker: any ImageMaker, _ settings: Settings, note: @escaping (String) -> Void) {
    self.maker = maker
    self.settings = settings
    self.note = note
  }

  /// - Throws: a `Failure` if a file cannot be written, or the errors of the wrapped maker.
  package func make(
    _ requests: [ImageRequest], report: (StepReport) -> Void,
    finish: (FinishedImage) throws -> Void
  ) throws -> [Int: NotFinite] {
    try maker.make(requests, report: report) { image in
      settings.clock.begin(.writing)
      defer { settings.clock.begin(.network) }
      try finish(written(image))
    }
  }

  private func written(_ image: FinishedImage) throws -> FinishedImage {
    guard case .png(let png) = image.content else { return image }
    var retries = RetrySchedule(since: .now)
    while true {
      do {
        let partial = try PartialImage.write(
          png, index: image.index, folder: settings.folder, rank: settings.rank)
        var written = image
        written.content = .written(partial: partial)
        return written
      } catch let error as OutputError
        where error.isTransient && !retries.isOver(settings.patience, at: .now)
      {
        let reason = settings.text(error.about(folder: "\(settings.folder)/images"))
        note(
          "waiting: \(reason); ranks that cannot write keep their images and try again")
        Thread.sleep(forTimeInterval: retries.nextPause() / .seconds(1))
      } catch let error as OutputError where error.isTransient {
        throw Failure(error, otherwise: .incomplete, text: settings.text)
      } catch {
        throw Failure(error, otherwise: .cannotWrite, text: settings.text)
      }
    }
  }
}
