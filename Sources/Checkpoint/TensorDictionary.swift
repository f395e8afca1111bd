/// A dictionary in a checkpoint that holds tensors by name.
struct TensorDictionary: Sendable {
  /// The keys that lead to the dictionary from the outermost one.
  let path: [String]
  /// Other keys of the same dictionary.
  var aliases: [String] = []
  /// The entries in the order of the file, with unique names.
  let entries: [Entry]

  struct Entry: Sendable {
    var name: String
    /// The number of the tensor in the file.
    let tensor: Int
    /// The reason why its values cannot be read, as the predicate of a sentence.
    let problem: String?
  }

  /// The name of the outermost dictionary in keys that are shown or requested.
  static let outermost = "."

  var key: String { path.isEmpty ? Self.outermost : path.joined(separator: ".") }
}

/// A list in a checkpoint that holds tensors without names.
struct TensorList: Sendable {
  let path: [String]
  let tensors: [Int]

  var key: String { path.joined(separator: ".") }
}

/// The contents of a checkpoint file, independent of its container.
struct CheckpointContents: Sendable {
  /// Outer dictionaries come before inner ones.
  var dictionaries: [TensorDictionary] = []
  var lists: [TensorList] = []
  /// The keys and classes of networks that were saved as Python objects, including their code.
  var modules: [(key: String, className: String)] = []
  /// The unknown classes of objects, without duplicates.
  var classNames: [String] = []
  /// The keys of the outermost dictionary.
  var topKeys: [String] = []
  /// Returns a tensor by its number, with the given name.
  let tensor: @Sendable (Int, String) throws(CheckpointError) -> StoredTensor
}
