import Foundation

/// The folder for packed weights, as determined by the option and the environment.
///
/// In this order: the option, `DIFFUSE_MPI_CACHE`, `XDG_CACHE_HOME`, `HOME`, the home folder in the
/// user database.
package struct CacheLocation: Equatable, Sendable {
  /// The folder, or `nil` if nothing is cached.
  package private(set) var folder: CacheFolder?
  /// A warning for the user about the choice.
  package private(set) var warning: CacheMessage?

  /// - Parameters:
  ///   - option: a folder, or `none`.
  ///   - limit: the limit for packed weights in bytes.
  ///   - accountHome: the home folder in the user database.
  ///   - isFolder: returns whether a path is an existing folder.
  package init(
    option: String?, limit: Int? = nil,
    environment: [String: String] = ProcessInfo.processInfo.environment,
    accountHome: String? = Self.accountHome, isFolder: (String) -> Bool = Self.isFolder
  ) {
    let chosen = [option, environment["DIFFUSE_MPI_CACHE"]].compactMap(\.self)
      .first { !$0.isEmpty }
    if let chosen {
      folder = chosen == "none" ? nil : CacheFolder(chosen, limit: limit)
    } else if let base = environment["XDG_CACHE_HOME"], base.hasPrefix("/") {
      folder = CacheFolder("\(base)/diffuse-mpi", limit: limit)
    } else {
      chooseHome(environment["HOME"], accountHome, limit, isFolder)
    }
  }

  private mutating func chooseHome(
    _ variable: String?, _ accountHome: String?, _ limit: Int?, _ isFolder: (String) -> Bool
  ) {
    func isUsable(_ home: String) -> Bool { home.hasPrefix("/") && isFolder(home) }
    let homes = [variable, accountHome].compactMap(\.self).filter { !$0.isEmpty }
    folder = homes.first(where: isUsable).map {
      CacheFolder(($0 == "/" ? "" : $0) + "/.cache/diffuse-mpi", limit: limit)
    }
    let reason = Self.fault(ofHome: variable, isFolder)
    if let folder {
      warning = reason.map { .otherHome(fault: $0, folder: folder.path) }
    } else {
      warning = .noHome(fault: reason ?? "HOME is not set")
    }
  }

  /// Describes why a home folder from the environment cannot be used. Returns `nil` if it can.
  private static func fault(ofHome home: String?, _ isFolder: (String) -> Bool) -> String? {
    guard let home, !home.isEmpty else { return nil }
    guard home.hasPrefix("/") else { return "HOME is '\(home)', which is not an absolute path" }
    return isFolder(home) ? nil : "HOME is \(home), which is not a folder"
  }

  package static var accountHome: String? {
    getpwuid(geteuid()).map { String(cString: $0.pointee.pw_dir) }
  }

  package static func isFolder(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }
}
