// The entry point: every rank parses the command line, rank 0 alone prints.

import ArgumentParser
import Compute
import Foundation
import Job
import Messaging

OpenMPWaiting.restartAsleep()
do {
  try ArgumentText.check()
  var command = try DiffuseMPI.parseAsRoot()
  try command.run()
} catch {
  Console.exit(on: error)
}
