/// What marks a network among the dictionaries and names of a checkpoint.
package struct NetworkPattern: Sendable {
  /// A tensor that the network always has. What stands before it in a name, such as `module.`, was
  /// put there by a wrapper.
  let anchor: String
  /// Beginnings of names that the network has, or does not have.
  let parts: [String]
  let foreignParts: [String]
  /// A dictionary with names that begin so is another kind of model, and is left as it is.
  let wholes: [String]

  package init(
    anchor: String, parts: [String] = [], foreignParts: [String] = [], wholes: [String] = []
  ) {
    self.anchor = anchor
    self.parts = parts
    self.foreignParts = foreignParts
    self.wholes = wholes
  }

  /// Whether the network of these names is the one that is looked for, not one that is built alike.
  func fits(_ entries: [TensorDictionary.Entry]) -> Bool {
    parts.allSatisfy { part in entries.contains { $0.name.hasPrefix(part) } }
      && !foreignParts.contains { part in entries.contains { $0.name.hasPrefix(part) } }
  }
}
