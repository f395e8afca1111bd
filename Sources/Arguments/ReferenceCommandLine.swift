import Job

/// A command line that may contain options of guided-diffusion's sampling scripts, translated to
/// our own options.
///
/// Options such as `--model_path` and `--timestep_respacing` become the options with the same
/// meaning. MODEL_FLAGS and CLASSIFIER_FLAGS are collected in `--model-flags` and
/// `--classifier-flags`. Settings that affect the images and are left out get the scripts'
/// defaults.
///
/// For example, `--model_path model.pt --use_ddim True --timestep_respacing ddim25` becomes
/// `--model model.pt --sampler ddim --steps ddim25`, and options for the scripts' defaults are
/// added.
package struct ReferenceCommandLine: Sendable, Equatable {
  /// The command line for our own parser.
  package let words: [String]
  /// Notes on what was translated, and on the defaults that were filled in or not.
  package let notes: [String]

  /// - Parameters:
  ///   - words: the command line without the name of the program.
  ///   - command: the command that the words belong to.
  ///   - ownOptions: our long options with their dashes. Evaluated only if a spelling is unclear.
  /// - Throws: a `Failure` for options that contradict each other, lack a value, or cannot be
  ///   followed.
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
