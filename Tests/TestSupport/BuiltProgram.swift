import Foundation

/// The programs of this package as built together with the tests.
package enum BuiltProgram {
  /// The program called `name`, of the same build configuration as the running tests.
  package static func url(_ name: String) throws -> URL {
    let programs = folders().map { $0.appending(path: name) }
    let found = programs.first { FileManager.default.isExecutableFile(atPath: $0.path) }
    guard let found else {
      throw TestSetupError("\(name) is not built: looked for \(programs.map(\.path))")
    }
    return found
  }

  /// Where the test bundle lies, however the runner found it, and SwiftPM's usual place.
  private static func folders() -> [URL] {
    #if DEBUG
      let configuration = "debug"
    #else
      let configuration = "release"
    #endif
    let package = URL(filePath: #filePath)
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    let bundles =
      [Bundle.main.bundleURL, URL(filePath: "/proc/self/exe")]
      + CommandLine.arguments.map { URL(filePath: $0) }.filter { $0.pathExtension == "xctest" }
    return bundles.map { $0.resolvingSymlinksInPath() }
      .flatMap { [$0, $0.deletingLastPathComponent()] }
      + [package.appending(path: ".build/\(configuration)")]
  }
}
