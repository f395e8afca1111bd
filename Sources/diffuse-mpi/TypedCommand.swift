import ArgumentParser
import Arguments
import Job

/// The command line as typed.
///
/// Options of guided-diffusion's scripts are translated before the parser sees them. If the parser
/// does not know a word, the error suggests what was probably meant.
enum TypedCommand {
  /// The command line with this program's own options. Every process gets the same result.
  static let translation = Result { () throws(Failure) in
    let words = Array(CommandLine.arguments.dropFirst())
    let command = words.first.flatMap { names.contains($0) ? $0 : nil } ?? "sample"
    return try ReferenceCommandLine(words, command: command) {
      table?.command(of: words)?.options ?? []
    }
  }

  /// - Throws: a `Failure`, or an error of the parser, which may be a request for help.
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
