import Job
import Model

/// Separates the options of guided-diffusion's scripts from all other words of a command line.
struct ReferenceReader {
  /// The words that do not belong to the scripts' options, in order.
  private(set) var own: [String] = []
  /// The scripts' options in the order in which they first appear. As in argparse, the last value
  /// of each option counts.
  private(set) var values: [(key: String, value: String)] = []
  private var rest: ArraySlice<String>

  init(_ words: [String]) {
    rest = words[...]
  }

  subscript(key: String) -> String? { values.first { $0.key == key }?.value }

  /// Returns whether one of our own options, such as `--steps`, was given.
  func hasOwn(_ option: String) -> Bool {
    own.contains { $0 == option || $0.hasPrefix(option + "=") }
  }

  mutating func read(ownOptions: () -> Set<String>) throws(Failure) {
    while let word = rest.popFirst() {
      let (name, value) = Self.divide(word)
      if word == "--" {
        own += [word] + rest
        return
      } else if let flags = Self.divideQuoted(word) {
        rest = flags + rest
      } else if Self.flagOptions.contains(name) {
        try readFlags(word, name, value, ownOptions)
      } else if name.hasPrefix("--"), let option = ReferenceOption(key: String(name.dropFirst(2))) {
        try read(option, name, value)
      } else {
        own.append(Self.hyphenated(word, name, value, ownOptions))
      }
    }
  }

  /// Our options whose value is flags of guided-diffusion.
  private static let flagOptions = ["--model-flags", "--classifier-flags"] + otherFlagOptions
  /// Those for networks that the scripts do not have. Their value must be one text.
  private static let otherFlagOptions = [
    "--guide-flags", "--upsampler-flags", "--upsampler-classifier-flags",
  ]

  private mutating func read(
    _ option: ReferenceOption, _ name: String, _ attached: String?
  ) throws(Failure) {
    if case .refused(let reason) = option {
      throw Failure("\(name) cannot be used: \(reason)", status: .usage)
    }
    guard let value = attached ?? nextValue() else {
      throw Failure(
        "\(name) needs a value after it, as in guided-diffusion's scripts", status: .usage)
    }
    let key = String(name.dropFirst(2))
    if let index = values.firstIndex(where: { $0.key == key }) {
      values[index].value = value
    } else {
      values.append((key, value))
    }
  }

  private mutating func nextValue() -> String? {
    guard let next = rest.first, !next.hasPrefix("--") else { return nil }
    return rest.popFirst()
  }

  /// Reads `--model-flags`. Followed by one quoted text, it is our own option. Without quotes, the
  /// shell has split the flags into words, which are read as if `--model-flags` were not there.
  private mutating func readFlags(
    _ word: String, _ name: String, _ attached: String?, _ ownOptions: () -> Set<String>
  ) throws(Failure) {
    guard let text = attached ?? rest.first else { return own.append(word) }
    let flag = Self.divide(text).name
    guard flag.hasPrefix("--"), !flag.contains(where: \.isWhitespace) else {
      own.append(word)
      if attached == nil { own.append(rest.removeFirst()) }
      return
    }
    if ownOptions().contains(flag) {
      throw Failure(
        "\(name) needs a value after it, but \(flag) is a different option; leave \(name) out where"
          + " there are no flags to give", status: .usage)
    }
    if Self.otherFlagOptions.contains(name) {
      // Split flags would be taken for those of the model.
      guard text.contains("=") else {
        throw Failure("\(name) needs quotation marks around the flags", status: .usage)
      }
      own.append(word)
      if attached == nil { own.append(rest.removeFirst()) }
      return
    }
    if attached != nil { rest = [text] + rest }
  }

  /// The words of `"$MODEL_FLAGS"`, which the quotes combined into one word.
  private static func divideQuoted(_ word: String) -> ArraySlice<String>? {
    let parts = word.split(whereSeparator: \.isWhitespace).map(String.init)
    let flags = parts.filter { $0.hasPrefix("--") }
    guard flags.count > 1 || parts.count == 2, flags.first == parts.first, let flag = flags.first,
      ReferenceOption(key: String(divide(flag).name.dropFirst(2))) != nil,
      flags.count > 1 || !flag.contains("=")
    else { return nil }
    return parts[...]
  }

  /// Returns our option for a spelling with underscores, such as `--per-class` for `--per_class`.
  private static func hyphenated(
    _ word: String, _ name: String, _ value: String?, _ ownOptions: () -> Set<String>
  ) -> String {
    guard name.hasPrefix("--"), name.contains("_") else { return word }
    let name = name.replacing("_", with: "-")
    guard ownOptions().contains(name) else { return word }
    return name + (value.map { "=" + $0 } ?? "")
  }

  private static func divide(_ word: String) -> (name: String, value: String?) {
    guard word.hasPrefix("--"), let equals = word.firstIndex(of: "=") else { return (word, nil) }
    return (String(word[..<equals]), String(word[word.index(after: equals)...]))
  }
}
