/// The names of DiT for the tensors of the diffusers library's `DiTTransformer2DModel`
/// (dit_transformer_2d.py), which older versions call `Transformer2DModel`.
enum DiffusersTransformerNames {
  /// A tensor that the network always has.
  static let pattern = NetworkPattern(anchor: "transformer_blocks.0.norm1.linear.weight")

  /// The place of a tensor in DiT.
  private struct Place {
    let name: String
    /// The third of a tensor of three parts: queries, keys or values.
    var part = 0
    /// Whether it is a copy of the embedding, which diffusers has in each block.
    var isCopy = false
  }

  /// Gives tensors the names of DiT. No weight is read, except to compare a few biases.
  ///
  /// The embedding of positions is not stored, and must be computed.
  ///
  /// - Returns: the tensors in the order of the file.
  /// - Throws: `CheckpointError.badData` for a tensor that DiT does not have, or that is there in part,
  ///   and for blocks with different embeddings.
  static func renamed(
    _ tensors: [StoredTensor], _ file: MappedFile
  ) throws(CheckpointError) -> [CheckpointTensor] {
    var order: [String] = []
    var parts: [String: [Int: StoredTensor]] = [:]
    var copies: [(name: String, tensor: StoredTensor)] = []
    for tensor in tensors {
      guard let place = place(of: tensor.name) else {
        throw file.badData("tensor \(tensor.name)", "does not belong to a network of DiT")
      }
      if place.isCopy {
        copies.append((place.name, tensor))
        continue
      }
      if parts[place.name] == nil { order.append(place.name) }
      guard parts[place.name, default: [:]].updateValue(tensor, forKey: place.part) == nil
      else { throw file.badData("tensor \(tensor.name)", "is there under two names") }
    }
    for (name, tensor) in copies {
      let isSame =
        parts[name]?[0].map { first in
          first.shape == tensor.shape
            && (!name.hasSuffix(".bias") || first.hasSameElements(as: tensor))
        } ?? false
      guard isSame else {
        throw file.badData(
          "tensor \(tensor.name)",
          "differs from that of the first block, but in DiT all blocks share one embedding")
      }
    }
    var renamed: [CheckpointTensor] = []
    for name in order { renamed.append(try joined(name, parts[name] ?? [:], file)) }
    return renamed
  }

  private static func joined(
    _ name: String, _ parts: [Int: StoredTensor], _ file: MappedFile
  ) throws(CheckpointError) -> CheckpointTensor {
    let all = (0..<3).compactMap { parts[$0] }
    guard let first = all.first, all.count == (name.contains(".attn.qkv.") ? 3 : 1),
      all.allSatisfy({ $0.shape == first.shape })
    else {
      throw file.badData(
        "tensor \(name)", "is there in part: queries, keys and values of one shape were expected")
    }
    guard all.count == 3 else {
      return CheckpointTensor(name: name, shape: first.shape, parts: all)
    }
    guard let rows = first.shape.first, let count = StridedView.product([3, rows]),
      StridedView.product([3] + first.shape) != nil
    else { throw file.badData("tensor \(first.name)", "has an impossible shape") }
    return CheckpointTensor(name: name, shape: [count] + first.shape.dropFirst(), parts: all)
  }

  /// Returns the place of a tensor, or `nil` if DiT has none like it.
  private static func place(of name: String) -> Place? {
    guard let dot = name.lastIndex(of: ".") else { return nil }
    let (module, kind) = (String(name[..<dot]), name[dot...])
    if let outside = outside[module] { return Place(name: outside + kind) }
    let fields = module.split(separator: ".", maxSplits: 2, omittingEmptySubsequences: false)
    guard fields.count == 3, fields[0] == "transformer_blocks", let block = Int(fields[1]) else {
      return nil
    }
    let layer = String(fields[2])
    if let embedding = embedding[layer] {
      return Place(name: embedding + kind, isCopy: block > 0)
    }
    if let part = attention.firstIndex(of: layer) {
      return Place(name: "blocks.\(block).attn.qkv\(kind)", part: part)
    }
    return layers[layer].map { Place(name: "blocks.\(block).\($0)\(kind)") }
  }

  private static let outside = [
    "pos_embed.proj": "x_embedder.proj", "proj_out_1": "final_layer.adaLN_modulation.1",
    "proj_out_2": "final_layer.linear",
  ]

  private static let embedding = [
    "norm1.emb.timestep_embedder.linear_1": "t_embedder.mlp.0",
    "norm1.emb.timestep_embedder.linear_2": "t_embedder.mlp.2",
    "norm1.emb.class_embedder.embedding_table": "y_embedder.embedding_table",
  ]

  private static let attention = ["attn1.to_q", "attn1.to_k", "attn1.to_v"]

  private static let layers = [
    "norm1.linear": "adaLN_modulation.1", "attn1.to_out.0": "attn.proj",
    "ff.net.0.proj": "mlp.fc1", "ff.net.2": "mlp.fc2",
  ]
}
