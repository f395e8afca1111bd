import Foundation
import Machine
import TestSupport
import Testing

@Suite struct ThreadLimitTests {
  @Test(
    arguments: [
      (nil, "0::/a/b", ["a/pids.max": "max", "a/b/pids.max": "40"], ["pids.max", "40"]),
      (
        1024, "0::/a/b", ["a/pids.max": "30", "a/b/pids.max": "40"], ["ulimit -u is 1024", "is 30"]
      ),
      (nil, "7:pids:/a", ["pids/a/pids.max": "4"], ["pids.max", "is 4"]),
      (nil, "7:pids:/a", ["pids/a/pids.max": "max"], ["the system allows no more"]),
      (50, "", [:], ["ulimit -u is 50"]),
    ] as [(Int?, String, [String: String], [String])])
  func `the limits on threads are named, with the smallest of nested groups`(
    user: Int?, membership: String, files: [String: String], says: [String]
  ) throws {
    let folder = try TemporaryFolder()
    for (path, text) in files {
      let file = folder.url.appending(path: path)
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data((text + "\n").utf8).write(to: file)
    }
    let limit = ThreadLimit(
      user: user, ControlGroups(root: folder.url.path, membership: membership))
    for part in says { #expect(limit.description.contains(part), "\(limit)") }
    #expect(limit.description == "cannot create a thread: \(limit.cause())")
  }
}
