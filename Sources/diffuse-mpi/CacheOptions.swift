import ArgumentParser
import Cache

/// Where packed weights lie.
struct CacheOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The folder of packed weights, which ranks share and later jobs find, or 'none'. "
        + "(default: ~/.cache/diffuse-mpi)", valueName: "folder"),
    completion: .directory)
  var weightsCache: String?

  /// `nil` for none.
  var folder: CacheFolder? {
    switch weightsCache {
    case nil: .standard
    case "none": nil
    case let path?: CacheFolder(path)
    }
  }

  func validate() throws {
    if weightsCache == "" {
      throw ValidationError("--weights-cache is empty; name a folder, or none")
    }
  }
}
