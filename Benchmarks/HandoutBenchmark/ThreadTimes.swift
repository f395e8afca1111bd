import Foundation

/// The time that the calling thread has spent so far, in seconds, as counted by the kernel's
/// scheduler.
struct ThreadTimes {
  /// The time on a processor.
  let running: Double
  /// The time in which the thread was ready, but had no processor.
  let waiting: Double

  static var current: ThreadTimes {
    // Nanoseconds running, nanoseconds waiting, number of time slices.
    let text = (try? String(contentsOfFile: "/proc/thread-self/schedstat", encoding: .utf8)) ?? ""
    let fields = text.split(whereSeparator: \.isWhitespace).compactMap { Double($0) }
    return ThreadTimes(running: running, waiting: fields.count == 3 ? fields[1] * 1e-9 : 0)
  }

  /// The first of both values, which is cheaper to read.
  static var running: Double {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }

  static func - (after: ThreadTimes, before: ThreadTimes) -> ThreadTimes {
    ThreadTimes(
      running: after.running - before.running, waiting: after.waiting - before.waiting)
  }
}
