import Coordinator
import Foundation
import Job

/// Writes each image to a file, and fails on request.
final class FolderSink: ImageSink {
  struct DiskFull: Error, CustomStringConvertible {
    let description = "no space left on device"
  }

  private let folder: URL
  private let fault: ProbeOptions.Fault?
  private var written = 0

  init(_ options: ProbeOptions) throws {
    folder = options.out.appending(path: "images")
    fault = options.fault
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  func write(_ image: FinishedImage) throws {
    if fault == .write && written == 4 { throw DiskFull() }
    let file = folder.appending(path: String(format: "%06d.png", image.index))
    guard case .png(let bytes) = image.content else { preconditionFailure("ranks do not write") }
    try Data(bytes).write(to: file, options: .atomic)
    written += 1
  }

  func finish() throws -> [Int] {
    if fault == .finish { throw DiskFull() }
    try Data("whole\n".utf8).write(to: folder.appending(path: "summary.txt"))
    return []
  }
}
