// The entry point: every rank parses the command line, rank 0 alone prints.
import ArgumentParser
import Compute
import Foundation
import Machine
import Program
import Terminal

StandardDescriptors.reserve()
OpenMPWaiting.restartAsleep()
// A reader that leaves must not end a job; writing then fails with EPIPE.
signal(SIGPIPE, SIG_IGN)
Console.explainMissingThreads()
do {
  try ArgumentText.check()
  var command = try TypedCommand.parse()
  try command.run()
} catch {
  Console.exit(on: error)
}
Console.end()
