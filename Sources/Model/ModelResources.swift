import Foundation

/// The resource folders that the package manager puts next to the program.
///
/// `Bundle.module` finds the same folders, but ends the process if they do not exist.
enum ModelResources {
  /// - Throws: `BundledModelError` if the folder does not exist.
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
