import ArgumentParser

struct MachineCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "machine",
    abstract: "Print the versions of program and oneDNN and the instruction set, as JSON.")

  @Option var threads = 2

  func run() throws { try printJSON(Machine(threads: threads)) }
}
