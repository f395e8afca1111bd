/// The version of the program, as in job.json and the images.
package enum ProgramVersion {
  package static let current = "0.1.0"
}
