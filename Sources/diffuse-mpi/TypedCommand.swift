import ArgumentParser
import Arguments
import Job

/// The command line as it was typed.
///
/// Options of guided-diffusion's scripts are translated before the parser sees them, and where the
/// parser does not know a word, the answer names what was likely meant.
enum TypedCommand {
  /// The same words as this program's own options; every process comes to the same result.
  static let translation = Result { () throws(Failure) in
    let words = Array(CommandLine.arguments.dropFirst())
    let command = words.first.flatMap { names.contains($0) ? $0 : nil } ?? "sample"
    return try ReferenceCommandLine(words, command: command) {
      table?.command(of: words)?.options ?? []
    }
  }

  /// - Throws: a `Failure`, or the parser's own error, which may be a request for help.
  static func parse() throws -> any ParsableCommand {
    let words = try translation.get().words
    do {
      let command = try DiffuseMPI.parseAsRoot(words)
      // `help` with an unknown name shows the help of the program.
      if words.first == "help" { try refuseUnknown(words) }
      return command
    } catch  where DiffuseMPI.exitCode(for: error) == .validationFailure {
      try refuseUnknown(words)
      throw error
    }
  }

  private static func refuseUnknown(_ words: [String]) throws(Failure) {
    guard let table, let unknown = UnknownWord(words, in: table) else { return }
    throw Failure(unknown.message, status: .usage)
  }

  private static let names = DiffuseMPI.configuration.subcommands.map { $0._commandName }

  private static var table: CommandTable? {
    try? CommandTable(json: DiffuseMPI._dumpHelp(), defaultCommand: Sample._commandName)
  }
}
