extension StringProtocol {
  /// The text with control characters escaped and its length limited, so that a name from a file or
  /// a command line can be printed safely on a terminal.
  package var printable: String {
    let limit = 120
    let scalars = unicodeScalars.prefix(limit).map {
      $0.isPrintable ? String($0) : $0.escaped(asASCII: true)
    }
    return scalars.joined() + (unicodeScalars.count > limit ? "…" : "")
  }
}

extension Unicode.Scalar {
  /// Whether a terminal displays the character and does nothing else with it.
  package var isPrintable: Bool {
    switch properties.generalCategory {
    case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator,
      .paragraphSeparator:
      false
    default: true
    }
  }
}
