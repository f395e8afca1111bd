/// The version of the program, as `--version`, job.json and the images state it.
package enum ProgramVersion {
  package static let current = "0.1.0"
}
