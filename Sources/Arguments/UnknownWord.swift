import Job
import Model
import Wording

/// The first word of a command line that is unknown to the command, and what was probably meant.
package struct UnknownWord {
  /// The error message, without the word `error`.
  package let message: String

  /// - Parameter words: the command line without the name of the program.
  /// - Returns: `nil` if every word is known. Values may still be wrong.
  package init?(_ words: [String], in table: CommandTable) {
    // The word after `help` is the name of a command too.
    let words = words.first == "help" ? Array(words.dropFirst()) : words
    guard let command = table.command(of: words) else { return nil }
    var rest = words[...]
    if rest.first == command.commandName { rest.removeFirst() }
    while let word = rest.popFirst(), word != "--" {
      let name = String(word.prefix { $0 != "=" })
      if let option = command.option(name) {
        if option.takesValue, name == word { rest = rest.dropFirst() }
      } else if word.hasPrefix("-"), word.count > 1, Double(word) == nil {
        message = Self.option(name, command, table)
        return
      } else if !command.takesArguments {
        guard let text = Self.argument(word, isFirst: word == words.first, command, table) else {
          return nil
        }
        message = text
        return
      }
    }
    return nil
  }

  // MARK: - Options

  private static func option(
    _ name: String, _ command: CommandTable.Command, _ table: CommandTable
  ) -> String {
    let unknown = "unknown option \(name.printable)"
    let help = "('diffuse-mpi help \(command.commandName)' lists the options)"
    switch OptionSuggestion(name, options: command.shownOptions) {
    case .option(let meant): return "\(unknown); did you mean \(meant)?"
    case .advice(let advice): return "\(unknown): \(advice)"
    case nil: break
    }
    let others = table.commands.filter { $0.shownOptions.contains(name) }.map(\.commandName)
    guard others.isEmpty else {
      return "\(unknown): it is an option of "
        + others.map { "'diffuse-mpi \($0)'" }.joined(separator: ", ")
    }
    return "\(unknown) \(help)"
  }

  // MARK: - Commands

  private static func argument(
    _ word: String, isFirst: Bool, _ command: CommandTable.Command, _ table: CommandTable
  ) -> String? {
    if checkpointEndings.contains(where: word.hasSuffix) {
      return "unexpected argument '\(word.printable)'; to use a checkpoint, write --model"
        + " \(word.printable)"
    }
    if Double(word) != nil {
      return "unexpected argument '\(word)'; separate the numbers of a list by commas, as in 1,2,3"
    }
    guard isFirst else { return nil }
    let commands = table.commands.map(\.commandName)
    let unknown = "unknown command '\(word.printable)'"
    if let meant = CommandSuggestion.name(word, commands: commands) {
      return "\(unknown); did you mean '\(meant)'?"
    }
    if let advice = CommandSuggestion.advice(word) { return "\(unknown): \(advice)" }
    return "\(unknown); the commands are \(commands.joined(separator: ", "))"
  }

  /// Extensions of checkpoint files.
  package static let checkpointEndings = [
    ".pt", ".pth", ".ckpt", ".bin", ".safetensors", ".index.json",
  ]
}
