import ArgumentParser
import Compute
import Foundation

struct TimeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "time", abstract: "Time a network.")

  @OptionGroup var network: NetworkOptions
  @Option(help: "Timed runs.") var runs = 5
  @Option(help: "Write the result, as raw f32 in NCHW order, to this file.") var dump: String?
  @Flag(help: "List the operations of a run, the slowest first.") var profile = false
  @Flag(help: "Print JSON.") var json = false
  @Flag(
    help: """
      Take turns with other programs: print a line of JSON when ready, then for every number on the \
      standard input, that many runs and a line with their seconds.
      """)
  var turns = false

  func validate() throws {
    guard runs > 0 else { throw ValidationError("--runs is at least 1") }
  }

  func run() throws {
    let prepared = try network.prepare()
    try prepared.network.run()
    if let dump {
      try Data(buffer: prepared.network.floats(prepared.result)).write(
        to: URL(fileURLWithPath: dump))
    }
    if turns {
      try takeTurns(prepared)
    } else if json {
      try printJSON(Timing(network, prepared, seconds: prepared.time(runs: runs)))
    } else {
      printText(prepared.graph.flops, try prepared.time(runs: runs))
    }
    if profile { try printProfile(prepared) }
  }

  private func takeTurns(_ prepared: TimedNetwork) throws {
    try printJSON(Timing(network, prepared, seconds: []))
    while let line = readLine() {
      guard let runs = Int(line), runs > 0 else {
        throw ValidationError("a turn is a number of runs, not '\(line)'")
      }
      try printJSON(prepared.time(runs: runs))
    }
  }

  private func printText(_ flops: Double, _ seconds: [Double]) {
    print(
      String(
        format: "best %.4f s, median %.4f s, %.1f GFLOP, %.0f GFLOP/s", seconds.min()!,
        seconds.median, flops / 1e9, flops / 1e9 / seconds.min()!))
  }

  private func printProfile(_ prepared: TimedNetwork) throws {
    let entries = try prepared.network.profile().sorted { $0.seconds > $1.seconds }
    let kinds = Dictionary(grouping: entries) { operationKind($0.label) }
    func line(_ entries: [(label: String, flops: Double, seconds: Double)], _ name: String) {
      let seconds = total(entries)
      let flops = entries.reduce(0) { $0 + $1.flops }
      print(
        String(
          format: "%8.2f ms %5.0f GFLOP/s %4d × ", seconds * 1e3, flops / seconds / 1e9,
          entries.count) + name)
    }
    for (kind, group) in kinds.sorted(by: { total($0.value) > total($1.value) }) {
      line(group, kind)
    }
    for entry in entries.prefix(20) { line([entry], entry.label) }
  }

  private func total(_ entries: [(label: String, flops: Double, seconds: Double)]) -> Double {
    entries.reduce(0) { $0 + $1.seconds }
  }
}

/// The times of a network.
private struct Timing: Encodable {
  let machine: Machine
  let flops: Double
  let seconds: [Double]

  init(_ options: NetworkOptions, _ prepared: TimedNetwork, seconds: [Double]) {
    machine = Machine(threads: options.threads)
    flops = prepared.graph.flops
    self.seconds = seconds
  }
}

/// Prints a value on one line, without buffering.
func printJSON(_ value: some Encodable) throws {
  let encoder = JSONEncoder()
  encoder.outputFormatting = .sortedKeys
  print(String(decoding: try encoder.encode(value), as: UTF8.self))
  fflush(nil)
}
