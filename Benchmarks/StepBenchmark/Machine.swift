import Compute
import Job

/// What the figures were measured on.
struct Machine: Encodable {
  let program = ProgramVersion.current
  let oneDNN = Processor.libraryVersion
  let instructionSet = Processor.instructionSet
  let hasNativeBF16 = Processor.hasNativeBF16
  let threads: Int
}
