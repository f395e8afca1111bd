import ArgumentParser
import Program

/// `diffuse-mpi cache`: lists or removes packed weights.
struct ShowCache: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cache",
    abstract: "List or remove the packed weights kept for later jobs.",
    discussion: """
      Packed weights can be made again from the checkpoints, so they can be removed at any time, \
      even while jobs use them. Those that no job has used for 30 days are removed when others are \
      packed.
      """,
    subcommands: [RemoveFromCache.self])

  @OptionGroup var options: CacheOptions

  @Flag(help: "Remove everything in the cache.")
  var clear = false

  @Flag(help: "Print JSON.")
  var json = false

  func run() throws {
    guard Console.isFirstRank else { return }
    let cache = try CacheContents(options.location)
    if clear {
      print(try cache.clear())
    } else {
      print(try cache.text(asJSON: json))
    }
  }
}

/// `diffuse-mpi cache rm`: removes the packed weights of a model.
struct RemoveFromCache: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rm", abstract: "Remove the packed weights of models.")

  @OptionGroup var options: CacheOptions

  @Argument(
    help: ArgumentHelp(
      "Models: a bundled model's name, a checkpoint's path or file name, or the beginning of its "
        + "SHA-256.", valueName: "name"))
  var names: [String]

  func run() throws {
    guard Console.isFirstRank else { return }
    try CacheContents(options.location).remove(names)
  }
}
