import ArgumentParser
import Cache
import Foundation

/// The options of the cache of packed weights.
struct CacheOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The folder of packed weights, which ranks share and later jobs find, or 'none'. "
        + "(default: $DIFFUSE_MPI_CACHE, or ~/.cache/diffuse-mpi)", valueName: "folder"),
    completion: .directory)
  var weightsCache: String?

  @Option(
    help: ArgumentHelp(
      "Space that packed weights may take, such as 20G. When new ones need more, those used least "
        + "recently are removed. (default: $DIFFUSE_MPI_CACHE_LIMIT, or no limit)",
      valueName: "size"))
  var weightsCacheLimit: String?

  var location: CacheLocation {
    CacheLocation(option: weightsCache, limit: try? limit)
  }

  func validate() throws {
    if weightsCache == "" {
      throw ValidationError("--weights-cache is empty; name a folder, or none")
    }
    _ = try limit
  }

  private static let limitVariable = "DIFFUSE_MPI_CACHE_LIMIT"

  /// The limit in bytes, or `nil` for no limit.
  private var limit: Int? {
    get throws {
      let variable = ProcessInfo.processInfo.environment[Self.limitVariable]
      guard let text = weightsCacheLimit ?? (variable == "" ? nil : variable) else { return nil }
      guard let size = CacheSize(text) else {
        let name = weightsCacheLimit == nil ? Self.limitVariable : "--weights-cache-limit"
        throw ValidationError("\(name) is '\(text)'; give a size such as 20G or 500M")
      }
      return size.bytes
    }
  }
}
