import Foundation
import Job
import Output
import Synchronization
import TestSupport

extension TemporaryFolder {
  var path: String { url.path }

  func contents(of name: String) throws -> Data {
    try Data(contentsOf: url.appending(path: name))
  }

  /// Returns all paths below the folder, sorted, including folders.
  func tree() -> [String] {
    (FileManager.default.enumerator(atPath: path)?.allObjects as? [String] ?? []).sorted()
  }
}

extension RGBImage {
  /// Returns gradients with some noise, so that every PNG filter has an effect.
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

  /// Returns an image of one colour, red by index and green by label.
  static func plain(side: Int, _ request: ImageRequest) -> RGBImage {
    let color = [UInt8(request.index % 256), UInt8(request.label ?? 0), 7]
    return RGBImage(
      width: side, height: side, pixels: (0..<side * side).flatMap { _ in color })
  }

  /// Returns the red, green and blue values of a pixel.
  func color(x: Int, y: Int) -> [UInt8] {
    let start = offset(x: x, y: y)
    return Array(pixels[start..<start + 3])
  }
}

extension ImageCatalog {
  static func of(_ plan: ImagePlan, classNames: [String]? = nil) -> ImageCatalog {
    ImageCatalog(work: Work(plan), format: OutputFormat(), classCount: nil, classNames: classNames)
  }

  /// Returns a catalog of images without labels.
  static func plain(count: Int, format: OutputFormat = OutputFormat()) -> ImageCatalog {
    ImageCatalog(
      work: Work(ImagePlan(labels: .unconditional, seeds: NumberRanges(first: count))),
      format: format,
      classCount: nil, classNames: nil)
  }
}

/// Images of one colour, created when they are read.
final class FakeStore: ImageStore {
  private struct State {
    var unreadable: Set<Int> = []
    var garbled: Set<Int> = []
    var reads = 0
  }

  private let plan: ImagePlan
  private let side: Int
  private let state = Mutex(State())

  init(plan: ImagePlan, side: Int) {
    self.plan = plan
    self.side = side
  }

  /// The number of times that an image was read.
  var reads: Int { state.withLock { $0.reads } }

  /// Makes images unreadable from now on.
  func damage(_ indices: Set<Int>) { state.withLock { $0.unreadable = indices } }

  /// Makes images invalid PNG files from now on.
  func garble(_ indices: Set<Int>) { state.withLock { $0.garbled = indices } }

  func read(index: Int) throws -> Data {
    if state.withLock({ $0.garbled.contains(index) }) { return Data("garbled".utf8) }
    let isThere = state.withLock { state in
      state.reads += 1
      return !state.unreadable.contains(index)
    }
    guard isThere else {
      throw OutputError.system(action: "read", path: "image \(index)", code: EIO)
    }
    return try RGBImage.plain(side: side, plan[index]).pngData()
  }
}

extension ImagePlan {
  /// Returns a plan of `count` images over the first classes in turn, with seeds from 0.
  static func spread(over classCount: Int, count: Int) -> ImagePlan {
    ImagePlan(
      labels: .spread(over: NumberRanges(first: classCount), .interleaved),
      seeds: NumberRanges(first: count))
  }
}
