import Foundation
import Output

/// A folder that is removed with all it holds when the test lets go of it.
final class TemporaryFolder {
  let path: String

  init() throws {
    let url = FileManager.default.temporaryDirectory
      .appendingPathComponent("diffuse-mpi-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    path = url.path
  }

  deinit {
    try? FileManager.default.removeItem(atPath: path)
  }

  /// Writes a file at a path below the folder, with the folders on the way.
  func write(_ text: String, to name: String) throws {
    let url = URL(fileURLWithPath: path).appendingPathComponent(name)
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: url)
  }

  func contents(of name: String) throws -> Data {
    try Data(contentsOf: URL(fileURLWithPath: path).appendingPathComponent(name))
  }

  /// All paths below the folder, sorted, folders included.
  func tree() -> [String] {
    (FileManager.default.enumerator(atPath: path)?.allObjects as? [String] ?? []).sorted()
  }
}

extension RGBImage {
  /// Gradients with a little roughness, so that every PNG filter has something to do.
  static func pattern(width: Int, height: Int) -> RGBImage {
    var pixels: [UInt8] = []
    for y in 0..<height {
      for x in 0..<width {
        let rough = (x &* 7919 &+ y &* 104_729) % 11
        pixels += [x + rough, y + 2 * rough, x + y].map { UInt8(truncatingIfNeeded: $0) }
      }
    }
    return RGBImage(width: width, height: height, pixels: pixels)
  }

  /// Red, green and blue at a place.
  func color(x: Int, y: Int) -> [UInt8] {
    let start = offset(x: x, y: y)
    return Array(pixels[start..<start + 3])
  }
}
