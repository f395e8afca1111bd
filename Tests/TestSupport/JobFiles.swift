import Foundation

/// The files of a job's output folder.
package enum JobFiles {
  /// Returns all files under `folder` by their relative path, including hidden ones. Empty if the
  /// folder does not exist.
  package static func all(in folder: URL) throws -> [String: Data] {
    let names = (try? FileManager.default.subpathsOfDirectory(atPath: folder.path)) ?? []
    var files: [String: Data] = [:]
    for name in names {
      let file = folder.appending(path: name)
      if try file.resourceValues(forKeys: [.isRegularFileKey]).isRegularFile == true {
        files[name] = try Data(contentsOf: file)
      }
    }
    return files
  }

  /// Returns the files that must not depend on the number of ranks, threads and starts.
  package static func results(in folder: URL) throws -> [String: Data] {
    try all(in: folder).filter {
      ![
        "index.html", "job.json", "status.json", "timeline.svg", "base/job.json",
        "base/status.json",
      ].contains($0.key)
    }
  }
}
