import Job

/// A command line in which options of guided-diffusion's sampling scripts may stand, and the same
/// command in our own options.
///
/// `--model_path`, `--timestep_respacing` and the others become the options of the same meaning,
/// MODEL_FLAGS and CLASSIFIER_FLAGS are gathered into `--model-flags` and `--classifier-flags`.
/// Where settings that change an image are left out, the scripts' defaults hold.
package struct ReferenceCommandLine: Sendable, Equatable {
  /// As our own parser takes it.
  package let words: [String]
  /// What was translated, and which of the scripts' defaults were filled in or not.
  package let notes: [String]

  /// - Parameters:
  ///   - words: the command line without the program's name.
  ///   - command: the command they belong to.
  ///   - ownOptions: our long options with their dashes; asked for only where a spelling is unclear.
  /// - Throws: a `Failure` for options that contradict each other, have no value, or cannot be
  ///   obeyed.
  package init(
    _ words: [String], command: String = "sample", ownOptions: () -> Set<String>
  ) throws(Failure) {
    var reader = ReferenceReader(words)
    guard ["sample", "plan", "inspect"].contains(command) else {
      (self.words, notes) = (words, [])
      return
    }
    try reader.read(ownOptions: ownOptions)
    guard !reader.values.isEmpty || reader.own != words else {
      (self.words, notes) = (words, [])
      return
    }
    var translation = ReferenceTranslation(reader)
    try command == "inspect" ? translation.inspect() : translation.sample()
    (self.words, notes) = (translation.words, translation.notes)
  }
}
