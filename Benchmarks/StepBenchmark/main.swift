// Measures the time that a network takes for one batch, and where it goes. scripts/benchmark.sh
// runs it next to its peers.

import ArgumentParser
import Compute
import Machine

struct StepBenchmark: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "step-benchmark",
    abstract: "Time the forward pass of a UNet, or a classifier with its gradient.",
    subcommands: [
      TimeCommand.self, KernelsCommand.self, BlocksCommand.self, SolversCommand.self,
      MachineCommand.self,
    ],
    defaultSubcommand: TimeCommand.self)
}

OpenMPWaiting.restartWithSleepingThreads()
StepBenchmark.main()
