import Foundation

/// Numbers of bytes in words.
package enum ByteText {
  /// Of memory, in MiB: `24.1 MiB`, `1203 MiB`.
  package static func binary(_ bytes: Int) -> String {
    bytes < 10 << 20
      ? String(format: "%.1f MiB", Double(bytes) / 1_048_576) : "\(bytes >> 20) MiB"
  }

  /// Of disks, in powers of 1000: `12 kB`, `3.4 MB`, `1.2 TB`.
  package static func decimal(_ bytes: Int) -> String {
    let units = ["kB", "MB", "GB", "TB", "PB"]
    var (value, unit) = (Double(bytes) / 1000, 0)
    while value >= 999.5 && unit < units.count - 1 { (value, unit) = (value / 1000, unit + 1) }
    return String(format: value < 9.95 ? "%.1f" : "%.0f", value) + " " + units[unit]
  }

  /// Of weights that ranks hold together: `0.04 GB`, `93 GB`.
  package static func gigabytes(_ bytes: Int) -> String {
    let value = Double(bytes) / 1e9
    return String(format: value < 0.995 ? "%.2f GB" : value < 9.95 ? "%.1f GB" : "%.0f GB", value)
  }
}

/// A length of time in words, to two or three digits: `2.1 s`, `45 s`, `12 min`, `20.3 h`,
/// `5.9 days`.
package enum DurationText {
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
}
