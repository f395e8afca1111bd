import Foundation

/// The folders that the package manager puts beside the program.
///
/// `Bundle.module` finds the same ones, but ends the process when they are not there.
enum ModelResources {
  /// - Throws: `BundledModelError` when there is no such folder.
  static func folder(_ name: String) throws -> URL {
    let bundle = "diffuse-mpi_Model.resources"
    let program = Bundle.main.executableURL?.resolvingSymlinksInPath().deletingLastPathComponent()
    let places = [program, Bundle.main.bundleURL].compactMap { $0?.appendingPathComponent(bundle) }
    for place in places {
      let folder = place.appendingPathComponent(name, isDirectory: true)
      if FileManager.default.fileExists(atPath: folder.path) { return folder }
    }
    throw BundledModelError.resourcesMissing(expected: places.first?.path ?? bundle)
  }
}
