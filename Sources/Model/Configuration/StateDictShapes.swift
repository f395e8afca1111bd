import Wording

/// The names and shapes of a state dict. They come from a file and may be arbitrary.
struct StateDictShapes {
  let shapes: [String: [Int]]

  subscript(name: String) -> [Int]? { shapes[name] }

  func contains(prefix: String) -> Bool { shapes.keys.contains { $0.hasPrefix(prefix) } }

  /// Returns the shape of a tensor that the architecture requires.
  ///
  /// - Throws: `ConfigurationError` if the tensor is missing, has another number of dimensions, or
  ///   has an absurdly large size.
  func required(_ name: String, dimensions: Int) throws -> [Int] {
    guard let shape = shapes[name] else {
      throw ConfigurationError(
        .checkpoint, "\(name) is missing: the file does not hold the whole network")
    }
    guard shape.count == dimensions, shape.allSatisfy({ (1...4_000_000).contains($0) }) else {
      throw unreadable(name, "\(dimensions) dimensions of a sensible size were expected")
    }
    return shape
  }

  func unreadable(_ name: String, _ reason: String) -> ConfigurationError {
    let found = shapes[name].map { " is \(shapeText($0))" } ?? ""
    return ConfigurationError(.checkpoint, "\(name.printable)\(found): \(reason)")
  }

  /// Returns the names under each index of a module list. For example, `input_blocks.3.0.op.weight`
  /// is under 3.
  func members(of list: String) throws -> [Int: [Substring]] {
    var members: [Int: [Substring]] = [:]
    for name in shapes.keys where name.hasPrefix(list + ".") {
      let rest = name.dropFirst(list.count + 1)
      guard let index = Int(rest.prefix { $0 != "." }), (0..<NetworkLimits.blocks).contains(index)
      else { throw unreadable(name, "its index does not occur in guided-diffusion's networks") }
      members[index, default: []].append(rest.drop { $0 != "." }.dropFirst())
    }
    return members
  }
}
