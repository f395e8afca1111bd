/// Gives the tensors of a `UNet2DModel` the names and shapes of guided-diffusion. No element is read.
enum DiffusersTensors {
  /// - Returns: the tensors in the order of the file.
  /// - Throws: `CheckpointError.badData` for a tensor that guided-diffusion's network does not have,
  ///   or that is there twice or in part.
  static func renamed(
    _ tensors: [StoredTensor], _ file: MappedFile
  ) throws(CheckpointError) -> [CheckpointTensor] {
    let names = DiffusersNames(tensors.map(\.name))
    var order: [String] = []
    var parts: [String: [Int: StoredTensor]] = [:]
    for tensor in tensors {
      guard let place = names.place(of: tensor.name) else {
        throw file.badData(
          "tensor \(tensor.name)",
          "does not belong to a UNet2DModel with the layers of guided-diffusion's networks")
      }
      if parts[place.name] == nil { order.append(place.name) }
      guard parts[place.name, default: [:]].updateValue(tensor, forKey: place.part ?? 0) == nil
      else { throw file.badData("tensor \(tensor.name)", "is there under two names") }
    }
    var renamed: [CheckpointTensor] = []
    for name in order {
      renamed.append(try joined(name, parts[name] ?? [:], file))
    }
    return renamed
  }

  private static func joined(
    _ name: String, _ parts: [Int: StoredTensor], _ file: MappedFile
  ) throws(CheckpointError) -> CheckpointTensor {
    let first = parts.values.min { $0.name < $1.name }!
    let isAttention = name.contains(".qkv.") || name.contains(".proj_out.")
    // guided-diffusion stores the products of attention as 1-D convolutions. In diffusers they are
    // linear layers, and were 2-D convolutions.
    let shape = isAttention && name.hasSuffix(".weight") ? convolution(first.shape) : first.shape
    guard name.contains(".qkv.") else {
      return CheckpointTensor(name: name, shape: shape, parts: [first])
    }
    let all = (0..<3).compactMap { parts[$0] }
    guard all.count == 3 else {
      throw file.badData(
        "tensor \(first.name)", "lacks one of the three for queries, keys and values")
    }
    guard let rows = shape.first, all.allSatisfy({ $0.shape == first.shape }),
      let count = StridedView.product([3, rows]), StridedView.product([3] + first.shape) != nil
    else {
      throw file.badData(
        "tensor \(first.name)",
        "has another shape than those it is combined with: "
          + all.map { "\($0.shape)" }.joined(separator: ", "))
    }
    return CheckpointTensor(name: name, shape: [count] + shape.dropFirst(), parts: all)
  }

  /// Returns [out, in, 1] for [out, in] and [out, in, 1, 1], and any other shape as it is.
  private static func convolution(_ shape: [Int]) -> [Int] {
    shape.count >= 2 && shape.dropFirst(2).allSatisfy { $0 == 1 } ? shape.prefix(2) + [1] : shape
  }
}
