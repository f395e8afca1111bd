/// Infers the architecture of an encoder from the blocks in a state dict.
///
/// A residual block that halves the resolution has the same tensors as one that does not. For
/// encoders alone, the shapes therefore sometimes allow several divisions into levels. For a UNet,
/// the decoder resolves this, because its upsampling blocks come after the residual blocks.
struct EncoderInference {
  let inChannels: Int
  let modelChannels: Int
  let firstWidth: Int
  let usesScaleShiftNorm: Bool
  /// The blocks of `input_blocks`, from index 1 on.
  let blocks: [Block]

  enum Block: Equatable {
    case residual(inChannels: Int, outChannels: Int, attends: Bool)
    case convolution(channels: Int)
    /// No tensors, as in average pooling.
    case plain
  }

  init(_ shapes: StateDictShapes) throws {
    let embedding = try shapes.required("time_embed.0.weight", dimensions: 2)
    modelChannels = embedding[1]
    guard NetworkLimits.channels.contains(modelChannels), embedding[0] == 4 * modelChannels else {
      throw shapes.unreadable("time_embed.0.weight", "4·C×C was expected for C channels")
    }
    try ImageChannels.requirePlane(shapes)
    let first = try shapes.required("input_blocks.0.0.weight", dimensions: 4)
    (firstWidth, inChannels) = (first[0], first[1])
    guard NetworkLimits.channels.contains(firstWidth), first[2] == 3, first[3] == 3 else {
      throw shapes.unreadable("input_blocks.0.0.weight", "a 3×3 convolution was expected")
    }
    let members = try shapes.members(of: "input_blocks")
    let count = (members.keys.max() ?? 0) + 1
    guard count > 1 else {
      throw ConfigurationError(
        .checkpoint, "input_blocks.1 is missing: the file does not hold the whole network")
    }
    blocks = try (1..<count).map { try Self.block($0, members: members, shapes) }
    usesScaleShiftNorm = try Self.scaleShift(shapes)
  }

  private static func block(
    _ index: Int, members: [Int: [Substring]], _ shapes: StateDictShapes
  ) throws -> Block {
    let prefix = "input_blocks.\(index)"
    guard let names = members[index] else { return .plain }
    if shapes["\(prefix).0.in_layers.2.weight"] != nil {
      let convolution = try shapes.required("\(prefix).0.in_layers.2.weight", dimensions: 4)
      return .residual(
        inChannels: convolution[1], outChannels: convolution[0],
        attends: ["qkv", "proj_in"].contains { shapes["\(prefix).1.\($0).weight"] != nil })
    }
    if shapes["\(prefix).0.op.weight"] != nil {
      let convolution = try shapes.required("\(prefix).0.op.weight", dimensions: 4)
      return .convolution(channels: convolution[0])
    }
    let example = "\(prefix).\(names.min() ?? "")"
    throw shapes.unreadable(
      example, "\(prefix) is neither a residual block nor a downsampling layer of guided-diffusion")
  }

  private static func scaleShift(_ shapes: StateDictShapes) throws -> Bool {
    let name = "input_blocks.1.0.emb_layers.1.weight"
    let projection = try shapes.required(name, dimensions: 2)
    let width = try shapes.required("input_blocks.1.0.in_layers.2.weight", dimensions: 4)[0]
    switch projection[0] {
    case width: return false
    case 2 * width: return true
    default: throw shapes.unreadable(name, "\(width) or \(2 * width) rows were expected")
    }
  }

  /// The positions in `blocks` of layers that can only be there to resample.
  private var resamplingLayers: [Int] {
    blocks.indices.filter {
      if case .residual = blocks[$0] { false } else { true }
    }
  }

  /// The way in which an encoder with several levels resamples.
  private var resampling: EncoderSignature.Resampling {
    guard let first = resamplingLayers.first else { return .residualBlock }
    return blocks[first] == .plain ? .plain : .convolution
  }

  /// Returns all divisions of the blocks into levels that the shapes allow, those with the fewest
  /// levels first.
  func signatures() -> [EncoderSignature] {
    let total = blocks.count + 1
    return NetworkLimits.levels.compactMap { levels in
      guard total.isMultiple(of: levels), total / levels > 1 else { return nil }
      let perLevel = total / levels - 1
      guard NetworkLimits.residualBlocks.contains(perLevel) else { return nil }
      return signature(levels: levels, residualBlocks: perLevel)
    }
  }

  private func signature(levels: Int, residualBlocks: Int) -> EncoderSignature? {
    let places = (1..<max(levels, 1)).map { $0 * (residualBlocks + 1) - 1 }
    guard resamplingLayers.isEmpty || resamplingLayers == places else { return nil }
    var widths: [Int] = []
    var attention: [Int] = []
    var width = firstWidth
    for level in 0..<levels {
      let start = level * (residualBlocks + 1)
      guard let read = readLevel(blocks[start..<(start + residualBlocks)], from: width) else {
        return nil
      }
      width = read.width
      widths.append(width)
      if read.attends { attention.append(downsampling(ofLevel: level)) }
      let end = start + residualBlocks
      guard end == blocks.endIndex || resamples(blocks[end], width: width) else { return nil }
    }
    guard widths[0] == firstWidth else { return nil }
    return EncoderSignature(
      inChannels: inChannels, modelChannels: modelChannels, widths: widths,
      residualBlocks: residualBlocks, attentionDownsamplings: attention,
      usesScaleShiftNorm: usesScaleShiftNorm, resampling: levels == 1 ? nil : resampling)
  }

  /// Returns the width and attention of a level, if its blocks agree on them.
  private func readLevel(
    _ level: ArraySlice<Block>, from inChannels: Int
  ) -> (width: Int, attends: Bool)? {
    var channels = inChannels
    var attends: [Bool] = []
    for (place, block) in level.enumerated() {
      guard case .residual(let entering, let leaving, let attention) = block,
        entering == channels, NetworkLimits.channels.contains(leaving),
        place == 0 || leaving == entering
      else { return nil }
      channels = leaving
      attends.append(attention)
    }
    guard let first = attends.first, attends.allSatisfy({ $0 == first }) else { return nil }
    return (channels, first)
  }

  private func resamples(_ block: Block, width: Int) -> Bool {
    switch block {
    case .plain: resampling == .plain
    case .convolution(let channels): resampling == .convolution && channels == width
    case .residual(let entering, let leaving, let attends):
      entering == width && leaving == width && !attends
    }
  }
}
