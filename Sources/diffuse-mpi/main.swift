// The entry point. Every rank parses the command line, but only rank 0 prints.
import ArgumentParser
import Compute
import Foundation
import Machine
import Program
import Terminal

StandardDescriptors.reserve()
OpenMPWaiting.restartWithSleepingThreads()
// A reader that closes its pipe must not end a job. Writing then fails with EPIPE.
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
