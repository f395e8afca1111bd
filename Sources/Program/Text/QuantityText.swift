import Coordinator
import Foundation

/// Numbers of bytes as text.
package enum ByteText {
  /// Packed weights in MiB, such as `2.4 MiB` or `1203 MiB`.
  package static func binary(_ bytes: Int) -> String {
    bytes < 10 << 20
      ? String(format: "%.1f MiB", Double(bytes) / 1_048_576) : "\(bytes >> 20) MiB"
  }

  /// The memory of a machine in MiB, or in GiB from 10 GiB on, such as `324 MiB` or `15.6 GiB`.
  package static func memory(_ bytes: Int) -> String {
    bytes < 10 << 30
      ? "\(max(bytes.signum(), bytes >> 20)) MiB"
      : String(format: "%.1f GiB", Double(bytes) / 1_073_741_824)
  }

  /// Disk space in powers of 1000, such as `12 kB`, `3.4 MB` or `1.2 TB`.
  package static func decimal(_ bytes: Int) -> String {
    let units = ["kB", "MB", "GB", "TB", "PB"]
    var (value, unit) = (Double(bytes) / 1000, 0)
    while value >= 999.5 && unit < units.count - 1 { (value, unit) = (value / 1000, unit + 1) }
    return String(format: value < 9.95 ? "%.1f" : "%.0f", value) + " " + units[unit]
  }

  /// The size of a checkpoint, such as `11.0 MB`.
  package static func megabytes(_ bytes: Int) -> String {
    String(format: "%.1f MB", Double(bytes) / 1e6)
  }

  /// The weights of all ranks together, such as `0.04 GB` or `93 GB`.
  package static func gigabytes(_ bytes: Int) -> String {
    let value = Double(bytes) / 1e9
    return String(format: value < 0.995 ? "%.2f GB" : value < 9.95 ? "%.1f GB" : "%.0f GB", value)
  }
}

/// Numbers of floating-point operations as text.
package enum WorkText {
  /// The operations for an image, such as `131 GFLOP` or `4.2 TFLOP`.
  package static func ofImage(_ flops: Double) -> String {
    flops < 1e12
      ? String(format: "%.0f GFLOP", flops / 1e9) : String(format: "%.1f TFLOP", flops / 1e12)
  }

  /// The operations of a network, such as `2.4 GFLOP`.
  package static func ofNetwork(_ flops: Double) -> String {
    String(format: "%.1f GFLOP", flops / 1e9)
  }
}

/// Durations as text.
package enum DurationText {
  /// An estimate with two or three digits, such as `2.1 s`, `45 s`, `12 min`, `20.3 h` or `5.9
  /// days`.
  package static func of(seconds: Double) -> String {
    switch seconds {
    case ..<0.0995: String(format: "%.0f ms", seconds * 1000)
    case ..<0.995: String(format: "%.2f s", seconds)
    case ..<9.95: String(format: "%.1f s", seconds)
    case ..<119.5: String(format: "%.0f s", seconds)
    case ..<(2 * 3600): String(format: "%.0f min", seconds / 60)
    case ..<(72 * 3600): String(format: "%.1f h", seconds / 3600)
    default: String(format: "%.1f days", seconds / 86400)
    }
  }

  /// The duration of a run, such as `32.1 s`, `12 min` or `3 h 05 min`.
  package static func taken(seconds: Double) -> String {
    if seconds < 120 { return String(format: "%.1f s", seconds) }
    let minutes = Int((seconds / 60).rounded())
    return minutes < 120
      ? "\(minutes) min" : String(format: "%d h %02d min", minutes / 60, minutes % 60)
  }

  /// The time since an event, such as `0:19` or `1:02:03`, and in days from two days on.
  package static func age(seconds: Double) -> String {
    let days = seconds / 86400
    return days < 2 ? ProgressText.clock(seconds: seconds) : "\(Int(min(days, 1e9))) days"
  }

  /// Estimated processor time in hours with two digits, such as `0.012` or `35`.
  package static func hours(seconds: Double) -> String {
    String(format: seconds < 35_820 ? "%.2g" : "%.0f", seconds / 3600)
  }
}
