import ArgumentParser
import Program
import Terminal

/// `diffuse-mpi models`: lists the models that the program knows.
struct Models: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "List the published models that are known, and where to get them.",
    discussion: """
      A checkpoint of a listed model runs without flags, because its settings are known. With a name, \
      everything that is known about the model is shown.
      """)

  @Argument(help: ArgumentHelp("Name of a model, or of its file.", valueName: "name"))
  var name: String?

  @Flag(help: "Print JSON.")
  var json = false

  func run() throws {
    guard Console.isFirstRank else { return }
    let report = try ModelsReport(name: name)
    print(try json ? report.json() : report.text(columns: TerminalDevice.outputColumns))
  }
}
