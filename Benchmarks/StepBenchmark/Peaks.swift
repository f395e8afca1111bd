import CKernels
import Compute

/// The peak rates of the machine: the two roofs of the roofline model.
struct Peaks: Encodable {
  /// The rate of the fastest of a few large convolutions, by precision.
  let flopsPerSecond: [String: Double]
  /// The bytes read and written in memory per second, by the faster of a copy and a triad.
  let bytesPerSecond: Double

  init(threads: Int) throws {
    let types = ElementType.allCases.filter { $0 == .f32 || Processor.canComputeBF16 }
    flopsPerSecond = try Dictionary(
      uniqueKeysWithValues: types.map { ($0.rawValue, try Self.flopsPerSecond($0, threads)) })
    bytesPerSecond = try Self.bytesPerSecond(threads)
  }

  /// Returns the minimum time in seconds that the machine needs.
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

  /// Uses three arrays of 256 MiB, which no cache can hold. As in STREAM (McCalpin 1995), cache
  /// lines that are read before a write are not counted.
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
