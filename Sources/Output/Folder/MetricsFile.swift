import Foundation
import Job

/// The status of a job in the Prometheus text format, for node_exporter's textfile collector.
package final class MetricsFile {
  private let file: UserFile

  /// - Parameters:
  ///   - path: the file that the user named.
  ///   - option: the option that the user named it with, for messages.
  ///   - folder: the job's output folder. Its own files must not be named.
  /// - Throws: a `Failure` if the file cannot be written.
  package init(_ path: String, option: String, folder: OutputFolder) throws(Failure) {
    file = try UserFile(path, option: option)
    guard let replaced = file.replacedFile, folder.owns(replaced) else { return }
    throw Failure(
      "\(option) \(path) is a file that the job itself writes; name another file", status: .usage)
  }

  package func write(_ status: JobStatus, at date: Date = Date()) throws {
    try file.write(Data(Self.text(status, at: date).utf8))
  }

  package static func text(_ status: JobStatus, at date: Date) -> String {
    let gauges: [(name: String, help: String, value: Double?)] = [
      ("images", "Images of the job.", Double(status.total)),
      ("images_done", "Images in the output folder.", Double(status.done)),
      ("images_held", "Images kept in memory until they can be written.", Double(status.held)),
      (
        "images_given_up", "Images skipped because they became NaN or infinite.",
        Double(status.givenUp.count)
      ),
      ("images_per_second", "Images per second over the last minutes.", status.imagesPerSecond),
      ("seconds_left", "Seconds until the job is complete.", status.secondsLeft),
      ("ranks", "Ranks of the job.", Double(status.ranks.total)),
      ("ranks_alive", "Ranks that are alive.", Double(status.ranks.alive)),
      ("updated_seconds", "Unix time of this update.", date.timeIntervalSince1970),
    ]
    let states = JobStatus.State.allCases.map {
      "diffuse_mpi_state{state=\"\($0.rawValue)\"} \($0 == status.state ? 1 : 0)\n"
    }
    return gauges.compactMap { gauge in
      gauge.value.map { head(gauge.name, gauge.help) + "diffuse_mpi_\(gauge.name) \($0)\n" }
    }.joined() + head("state", "1 for the current state of the job.") + states.joined()
  }

  private static func head(_ name: String, _ help: String) -> String {
    "# HELP diffuse_mpi_\(name) \(help)\n# TYPE diffuse_mpi_\(name) gauge\n"
  }
}
