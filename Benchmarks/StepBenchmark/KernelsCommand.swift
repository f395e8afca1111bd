import ArgumentParser
import Compute

struct KernelsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "kernels",
    abstract: "Compare a network's operations with what the machine can do, measured.",
    discussion: """
      An operation cannot take less than its arithmetic at the machine's highest measured FLOP/s, \
      nor less than its inputs, outputs and weights, each moved once, at the highest measured \
      bytes/s; the larger is its bound. Winograd's algorithm does less arithmetic than is counted, \
      and what lies in a cache comes faster than from memory: both may pass 100 %.
      The convolution floor is the time of the network's convolutions alone, run as oneDNN's direct \
      convolutions, each the best of several runs.
      """)

  @OptionGroup var network: NetworkOptions
  @Option(help: "Timed runs.") var runs = 5
  @Flag(help: "Print JSON.") var json = false

  func validate() throws {
    guard runs > 0 else { throw ValidationError("--runs is at least 1") }
  }

  func run() throws {
    let peaks = try Peaks(threads: network.threads)
    let prepared = try network.prepare()
    let kinds = try measureKinds(prepared, peaks: peaks, runs: runs)
    let report = KernelReport(
      machine: Machine(threads: network.threads), peaks: peaks,
      seconds: try prepared.time(runs: runs).median, flops: prepared.graph.flops,
      floor: try ConvolutionFloor(prepared.graph, threads: network.threads), kinds: kinds)
    if json { try printJSON(report) } else { report.print() }
  }
}
