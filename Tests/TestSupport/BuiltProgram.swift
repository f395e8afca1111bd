import Foundation

/// The programs of this package, built together with the tests.
package enum BuiltProgram {
  /// Returns the program called `name`, in the build configuration of the running tests.
  package static func url(_ name: String) throws -> URL {
    let programs = folders().map { $0.appending(path: name) }
    let found = programs.first { FileManager.default.isExecutableFile(atPath: $0.path) }
    guard let found else {
      throw TestSetupError("\(name) is not built: looked for \(programs.map(\.path))")
    }
    return found
  }

  /// Returns the possible folders of the test bundle, for any test runner, and SwiftPM's usual
  /// folder.
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
