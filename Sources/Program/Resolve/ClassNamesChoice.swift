import Job
import Model

/// The names of a job's classes, and who chose them.
struct ClassNamesChoice {
  enum Origin {
    /// `--class-names`, a file or 'none'.
    case option
    /// They come with the bundled model.
    case model
    /// ImageNet's, because the model has as many classes.
    case imageNet
    /// An earlier job in the output folder.
    case folder
    case unknown
  }

  /// By label; nil where there are none.
  let names: [String]?
  let origin: Origin

  /// - Parameters:
  ///   - option: `--class-names`, if it was given.
  ///   - bundled: the names that come with the model.
  ///   - count: how many classes the networks know, or nil where they take no label.
  init(option: String?, bundled: [String]?, count: Int?) throws(Failure) {
    if let option {
      (names, origin) = (try Self.names(option, count: count), .option)
    } else if let bundled {
      (names, origin) = (bundled, .model)
    } else if count == ImageNetClasses.count, let imageNet = ImageNetClasses.names {
      (names, origin) = (imageNet, .imageNet)
    } else {
      (names, origin) = (nil, .unknown)
    }
  }

  /// The names that an earlier job in the output folder gave its images.
  init(ofFolder names: [String]?) {
    (self.names, origin) = (names, .folder)
  }

  /// What to say of names that nobody asked for; nil where there is nothing to say.
  var note: String? {
    guard origin == .imageNet else { return nil }
    return "ImageNet's, because the model has 1,000 classes (--class-names FILE names others, "
      + "--class-names none leaves them out)"
  }

  private static func names(_ option: String, count: Int?) throws(Failure) -> [String]? {
    guard let count else {
      throw Failure(
        "--class-names was given, but the model is unconditional and has no classes; leave it out",
        status: .usage)
    }
    return option == "none" ? nil : try ClassNamesFile.read(option, count: count)
  }
}
