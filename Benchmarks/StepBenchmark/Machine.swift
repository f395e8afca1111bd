import Compute
import Job

/// The machine on which the figures were measured.
struct Machine: Encodable {
  let program = ProgramVersion.current
  let oneDNN = Processor.libraryVersion
  let instructionSet = Processor.instructionSet
  let hasNativeBF16 = Processor.hasNativeBF16
  let threads: Int
}
