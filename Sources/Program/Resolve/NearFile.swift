import Arguments
import Foundation
import Model
import Wording

/// Checkpoints beside a path that does not exist, for "did you mean".
enum NearFile {
  /// Files of a folder that are looked at.
  private static let limit = 10_000

  /// A file of nearly the same name in the same folder, or of this name with an ending.
  static func like(_ path: String) -> String? {
    let url = URL(fileURLWithPath: path)
    let (name, folder) = (url.lastPathComponent, url.deletingLastPathComponent().path)
    let files = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    let checkpoints = files.prefix(limit).filter { file in
      endings.contains { file.hasSuffix($0) }
    }
    let meant =
      checkpoints.sorted().first { stem($0) == stem(name) }
      ?? likelyMeant(stem(name), among: checkpoints.map(stem)).flatMap { near in
        checkpoints.first { stem($0) == near }
      }
    return meant.map { path.dropLast(name.count) + $0 }
  }

  private static let endings = UnknownWord.checkpointEndings

  private static func stem(_ name: String) -> String {
    endings.first { name.hasSuffix($0) }.map { String(name.dropLast($0.count)) } ?? name
  }
}
