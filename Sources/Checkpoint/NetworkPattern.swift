/// A pattern that recognises a network among the dictionaries and names of a checkpoint.
package struct NetworkPattern: Sendable {
  /// The name of a tensor that the network always has. Anything before it in a name, such as
  /// `module.`, is the prefix of a wrapper.
  let anchor: String
  /// Prefixes of names that the network must have, or must not have.
  let parts: [String]
  let foreignParts: [String]
  /// Prefixes of names that mark another kind of model. A dictionary with such names is left as it
  /// is.
  let wholes: [String]
  /// The kind of network that a folder of the diffusers library must hold.
  let diffusers: DiffusersFolder.Kind
  /// The names without a dot of tensors that belong to no module of the network but to itself.
  let parameters: Set<String>

  package init(
    anchor: String, parts: [String] = [], foreignParts: [String] = [], wholes: [String] = [],
    diffusers: DiffusersFolder.Kind = .unet, parameters: Set<String> = []
  ) {
    self.parameters = parameters
    self.anchor = anchor
    self.parts = parts
    self.foreignParts = foreignParts
    self.wholes = wholes
    self.diffusers = diffusers
  }

  /// Returns whether these names belong to the wanted network, and not to one with a similar
  /// structure.
  func fits(_ entries: [TensorDictionary.Entry]) -> Bool {
    parts.allSatisfy { part in entries.contains { $0.name.hasPrefix(part) } }
      && !foreignParts.contains { part in entries.contains { $0.name.hasPrefix(part) } }
  }
}
