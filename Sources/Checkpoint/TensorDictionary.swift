/// A dictionary in a checkpoint that holds tensors by name.
struct TensorDictionary: Sendable {
  /// The keys that lead to it from the outermost dictionary.
  let path: [String]
  /// Other keys under which the same dictionary lies.
  var aliases: [String] = []
  /// In the file's order, each name once.
  let entries: [Entry]

  struct Entry: Sendable {
    var name: String
    /// Number of the tensor in the file.
    let tensor: Int
    /// Why its values cannot be read, as the end of a sentence about it.
    let problem: String?
  }

  /// What stands for the outermost dictionary where a key is shown or asked for.
  static let outermost = "."

  var key: String { path.isEmpty ? Self.outermost : path.joined(separator: ".") }
}

/// A list in a checkpoint that holds tensors without names.
struct TensorList: Sendable {
  let path: [String]
  let tensors: [Int]

  var key: String { path.joined(separator: ".") }
}

/// What was found in a checkpoint file, whichever container it has.
struct CheckpointContents: Sendable {
  /// Outer dictionaries before inner ones.
  var dictionaries: [TensorDictionary] = []
  var lists: [TensorList] = []
  /// Keys and classes of networks that were saved as Python objects, code and all.
  var modules: [(key: String, className: String)] = []
  /// Classes of the objects that nothing is known of, each once.
  var classNames: [String] = []
  /// The outermost dictionary's keys.
  var topKeys: [String] = []
  /// A tensor by its number and the name it is to have.
  let tensor: @Sendable (Int, String) throws(CheckpointError) -> StoredTensor
}
