import CKernels
import Compute

/// What the machine can do at most: the two roofs of the roofline.
struct Peaks: Encodable {
  /// Of the fastest of a few large convolutions, by precision.
  let flopsPerSecond: [String: Double]
  /// Bytes read and written in memory, of the fastest of a copy and of a triad.
  let bytesPerSecond: Double

  init(threads: Int) throws {
    let types = ElementType.allCases.filter { $0 == .f32 || Processor.canComputeBF16 }
    flopsPerSecond = try Dictionary(
      uniqueKeysWithValues: types.map { ($0.rawValue, try Self.flopsPerSecond($0, threads)) })
    bytesPerSecond = try Self.bytesPerSecond(threads)
  }

  /// Seconds that the machine needs at the least.
  func seconds(flops: Double, type: ElementType, bytes: Double) -> Double {
    max(flops / flopsPerSecond[type.rawValue]!, bytes / bytesPerSecond)
  }

  private static func flopsPerSecond(_ type: ElementType, _ threads: Int) throws -> Double {
    let sizes = [(32, 384, 3), (64, 256, 3), (16, 1024, 3), (32, 1024, 1)].map {
      DirectConvolution.Size(
        batch: 4, side: $0, inChannels: $1, outChannels: $1, kernel: $2, type: type)
    }
    return try sizes.map { size in
      let convolution = try DirectConvolution(size, threads: threads)
      return size.flops / (try leastSeconds(over: 0.4, convolution.run))
    }.max()!
  }

  /// Three arrays of 256 MiB: more than any cache holds. As in STREAM (McCalpin 1995), lines that a
  /// write first reads are not counted.
  private static func bytesPerSecond(_ threads: Int) throws -> Double {
    let count = 1 << 26
    let buffers = try (0..<3).map { _ in try AlignedBuffer(byteCount: 4 * count) }
    let arrays = buffers.map { $0.base.assumingMemoryBound(to: Float.self) }
    let (a, b, c) = (arrays[0], arrays[1], arrays[2])
    dmpi_set_threads(Int32(threads))
    return withExtendedLifetime(buffers) {
      let copy = leastSeconds(over: 0.4) {
        parallel(count, grain: 1 << 16) { part in
          (a + part.lowerBound).update(from: b + part.lowerBound, count: part.count)
        }
      }
      let triad = leastSeconds(over: 0.4) {
        parallel(count, grain: 1 << 16) { part in
          for i in part { a[i] = b[i] + 3 * c[i] }
        }
      }
      return max(8 * Double(count) / copy, 12 * Double(count) / triad)
    }
  }
}
