import Wording

/// The number of channels of the images that a network takes, from its first convolution.
package struct ImageChannels: Sendable, Equatable {
  let count: Int
  let kind: NetworkKind

  package init(count: Int, kind: NetworkKind) {
    self.count = count
    self.kind = kind
  }

  /// - Throws: `ConfigurationError` unless they are RGB.
  func requireRGB() throws {
    guard count != 3 else { return }
    throw ConfigurationError.channels(self)
  }

  /// Returns what is wrong and what to do.
  ///
  /// - Parameter words: returns the words for a term, such as those that name an option.
  func problem(_ words: (ConfigurationError.Term) -> String) -> String {
    "input_blocks.0.0.weight takes \(counted(count, "channel")): \(explanation(words))"
  }

  private func explanation(_ words: (ConfigurationError.Term) -> String) -> String {
    let kind = kind == .model ? "network" : "classifier"
    return switch count {
    case 1:
      "this is a \(kind) of grey images, and this program runs \(kind)s of RGB images only, which"
        + " take 3; train on RGB copies of the images, as guided-diffusion's own loader makes them,"
        + " and \(words(.writeGrey))"
    case 4:
      "this is a \(kind) of RGBA images or of latents, and this program runs \(kind)s of RGB images"
        + " only, which take 3"
    default: "this program runs \(kind)s of RGB images only, which take 3"
    }
  }

  /// - Throws: `ConfigurationError` for networks of sequences or volumes.
  static func requirePlane(_ shapes: StateDictShapes) throws {
    let dimensions = [3: "1-D data, such as audio", 5: "3-D data, such as volumes or video"]
    guard let shape = shapes["input_blocks.0.0.weight"], let data = dimensions[shape.count]
    else { return }
    throw shapes.unreadable(
      "input_blocks.0.0.weight",
      "this is a network of \(data); this program generates 2-D images only")
  }
}
