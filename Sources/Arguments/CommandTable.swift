import Foundation

/// The commands of the program and their options, parsed from swift-argument-parser's JSON
/// description.
package struct CommandTable: Sendable {
  package let commands: [Command]
  /// The command that runs if no command is named.
  package let defaultCommand: String

  package struct Command: Decodable, Sendable {
    let commandName: String
    let arguments: [Argument]?

    func option(_ name: String) -> Argument? {
      arguments?.first { $0.spellings.contains(name) }
    }

    var takesArguments: Bool { arguments?.contains { $0.kind == "positional" } ?? false }

    /// Long options, with their dashes.
    package var options: Set<String> {
      Set((arguments ?? []).flatMap(\.spellings).filter { $0.hasPrefix("--") })
    }

    /// The options that the help lists.
    var shownOptions: Set<String> {
      Set(
        (arguments ?? []).filter { $0.shouldDisplay }.flatMap(\.spellings)
          .filter { $0.hasPrefix("--") })
    }
  }

  struct Argument: Decodable, Sendable {
    let kind: String
    let names: [Name]?
    let shouldDisplay: Bool

    struct Name: Decodable, Sendable {
      let kind: String
      let name: String
    }

    var takesValue: Bool { kind == "option" }

    /// The spellings of the option, with dashes.
    var spellings: [String] {
      (names ?? []).map { ($0.kind == "long" ? "--" : "-") + $0.name }
    }
  }

  /// - Parameter json: the output of the parser's `_dumpHelp`.
  package init(json: String, defaultCommand: String) throws {
    struct Dump: Decodable {
      let command: Root
      struct Root: Decodable {
        let subcommands: [Command]
      }
    }
    commands = try JSONDecoder().decode(Dump.self, from: Data(json.utf8)).command.subcommands
    self.defaultCommand = defaultCommand
  }

  package subscript(name: String) -> Command? { commands.first { $0.commandName == name } }

  /// Returns the command that a command line names, or the default command.
  package func command(of words: [String]) -> Command? {
    words.first.flatMap { self[$0] } ?? self[defaultCommand]
  }
}
