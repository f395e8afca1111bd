import Foundation

struct KernelReport: Encodable {
  let machine: Machine
  let peaks: Peaks
  /// The median time of one run.
  let seconds: Double
  let flops: Double
  let floor: ConvolutionFloor
  /// The kinds of operations, the slowest first.
  let kinds: [OperationKind]
}

extension KernelReport {
  func print() {
    for (type, peak) in peaks.flopsPerSecond.sorted(by: { $0.key < $1.key }) {
      write("peak \(type): %.0f GFLOP/s", peak / 1e9)
    }
    write("memory: %.1f GB/s, read and written", peaks.bytesPerSecond / 1e9)
    write(
      "one run: %.4f s, %.1f GFLOP, %.0f GFLOP/s", seconds, flops / 1e9, flops / 1e9 / seconds)
    write(
      "convolution floor: %.4f s (%.1f GFLOP, %.0f GFLOP/s), %.0f %% of one run\n", floor.seconds,
      floor.flops / 1e9, floor.flops / 1e9 / floor.seconds, 100 * floor.seconds / seconds)
    Swift.print("      ms  count  GFLOP/s    GB/s  of its bound")
    for kind in kinds {
      write(
        "%8.2f %6d %8.0f %7.1f %4.0f %% \(kind.limit)  \(kind.kind)", 1e3 * kind.seconds,
        kind.count, kind.flops / kind.seconds / 1e9, kind.bytes / kind.seconds / 1e9,
        100 * kind.bound / kind.seconds)
    }
  }

  private func write(_ format: String, _ arguments: any CVarArg...) {
    Swift.print(String(format: format, arguments: arguments))
  }
}
