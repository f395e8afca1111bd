extension UNetSignature {
  /// Infers the architecture of a `UNetModel` from its state dict.
  ///
  /// - Parameter shapes: the shape of every tensor by its name in the file.
  /// - Throws: `ConfigurationError` if these are not the tensors of such a network.
  package init(shapes: [String: [Int]]) throws {
    let shapes = StateDictShapes(shapes: shapes)
    try ForeignCheckpoint.refuse(shapes)
    let inference = try Self.encoder(shapes)
    // A super-resolution network is recognised by its name. It has six channels.
    if inference.inChannels != 6 {
      try ImageChannels(count: inference.inChannels, kind: .model).requireRGB()
    }
    try self.init(shapes, inference)
    classCount = try Self.classCount(shapes, modelChannels: encoder.modelChannels)
    learnsSigma = try Self.learnsSigma(shapes)
  }

  static func encoder(_ shapes: StateDictShapes) throws -> EncoderInference {
    guard shapes.contains(prefix: "output_blocks.") else { throw noDecoder(shapes) }
    return try EncoderInference(shapes)
  }

  /// Finds the levels. There are no classes yet, and no variances.
  init(_ shapes: StateDictShapes, _ inference: EncoderInference) throws {
    let upsampling = try Self.firstUpsampling(shapes)
    let candidates = inference.signatures()
    guard let encoder = candidates.first(where: { $0.fits(firstUpsampling: upsampling) }) else {
      throw ConfigurationError(
        .checkpoint,
        "the input_blocks are not arranged in levels as in guided-diffusion's UNetModel: blocks are"
          + " missing, or this is a different architecture")
    }
    self.encoder = encoder
    learnsSigma = false
    // The middle block always has attention.
    attentionDimensions = shapes["middle_block.1.qkv.weight"]?.count == 4 ? 2 : nil
  }

  private static func noDecoder(_ shapes: StateDictShapes) -> ConfigurationError {
    let isClassifier =
      shapes["out.2.positional_embedding"] != nil || shapes["out.3.weight"] != nil
      || shapes["out.0.weight"]?.count == 2
    return isClassifier
      ? .otherNetwork(.classifier)
      : ConfigurationError(
        .checkpoint, "output_blocks are missing: the file does not hold the whole network")
  }

  /// Returns the index of the first output block that has an upsampling layer with tensors.
  private static func firstUpsampling(_ shapes: StateDictShapes) throws -> Int? {
    try shapes.members(of: "output_blocks").keys.filter { index in
      // After the residual block, or after the attention block if there is one.
      ["1.in_layers.2", "2.in_layers.2", "1.conv", "2.conv"].contains { layer in
        shapes["output_blocks.\(index).\(layer).weight"] != nil
      }
    }.min()
  }

  private static func classCount(_ shapes: StateDictShapes, modelChannels: Int) throws -> Int? {
    guard shapes["label_emb.weight"] != nil else { return nil }
    let table = try shapes.required("label_emb.weight", dimensions: 2)
    guard NetworkLimits.classes.contains(table[0]), table[1] == 4 * modelChannels else {
      throw shapes.unreadable(
        "label_emb.weight", "a row of \(4 * modelChannels) for each class was expected")
    }
    return table[0]
  }

  private static func learnsSigma(_ shapes: StateDictShapes) throws -> Bool {
    let convolution = try shapes.required("out.2.weight", dimensions: 4)
    switch convolution[0] {
    case 3: return false
    case 6: return true
    default:
      throw shapes.unreadable(
        "out.2.weight",
        "it outputs \(convolution[0]) channels; networks of RGB images output 3, or 6 with"
          + " learn_sigma")
    }
  }
}

extension UNetSignature {
  /// Infers the architecture of a latent diffusion model's denoiser (`UNetModel` of latent-diffusion).
  ///
  /// - Parameters:
  ///   - shapes: the shape of every tensor by its name in the network.
  ///   - classTable: the name of the table of classes among them.
  /// - Throws: `ConfigurationError` if these are not the tensors of such a network, or those of a kind
  ///   that this program cannot run.
  init(latent shapes: StateDictShapes, classTable: String) throws {
    let inference = try Self.encoder(shapes)
    try self.init(shapes, inference)
    latentChannels = inference.inChannels
    let outChannels = try shapes.required("out.2.weight", dimensions: 4)[0]
    guard outChannels == inference.inChannels else {
      throw shapes.unreadable(
        "out.2.weight",
        "the network takes \(inference.inChannels) channels and returns \(outChannels), as those that"
          + " fill in or enlarge images do; this version runs latent diffusion models that are"
          + " unconditional or controlled by a class")
    }
    guard shapes["label_emb.weight"] == nil else {
      throw shapes.unreadable(
        "label_emb.weight",
        "classes in the embedding (conditioning_key adm) are not supported in latent diffusion models"
      )
    }
    spatialTransformer = try Self.transformer(shapes)
    classCount = try Self.classCount(shapes, classTable, spatialTransformer)
  }

  /// The transformers, from that of the middle block, which is always there.
  private static func transformer(
    _ shapes: StateDictShapes
  ) throws -> SpatialTransformerConfiguration? {
    let name = "middle_block.1.transformer_blocks"
    guard shapes.contains(prefix: "\(name).") else { return nil }
    let depth = NetworkLimits.residualBlocks.prefix {
      shapes.contains(prefix: "\(name).\($0 - 1).")
    }
    .count
    let keys = try shapes.required("\(name).0.attn2.to_k.weight", dimensions: 2)
    return SpatialTransformerConfiguration(contextChannels: keys[1], depth: depth)
  }

  private static func classCount(
    _ shapes: StateDictShapes, _ table: String,
    _ transformer: SpatialTransformerConfiguration?
  ) throws -> Int? {
    guard let transformer else { return nil }
    guard shapes[table] != nil else {
      throw ConfigurationError(
        .checkpoint,
        "the network has cross-attention (transformer_blocks), but the file has no table of classes"
          + " (cond_stage_model.embedding.weight): give the whole file of the model")
    }
    let shape = try shapes.required(table, dimensions: 2)
    guard NetworkLimits.classes.contains(shape[0]), shape[1] == transformer.contextChannels else {
      throw shapes.unreadable(
        table, "a row of \(transformer.contextChannels) for each class was expected")
    }
    return shape[0]
  }
}

extension EncoderSignature {
  /// Returns whether the decoder's upsampling layers match this division into levels. The lowest
  /// level has one output block more than it has residual blocks, and the last one upsamples.
  fileprivate func fits(firstUpsampling: Int?) -> Bool {
    guard let firstUpsampling else { return resampling == nil || resampling == .plain }
    return firstUpsampling == residualBlocks
  }
}

extension ClassifierSignature {
  /// Infers the architecture of an `EncoderUNetModel` from its state dict.
  ///
  /// - Parameter shapes: the shape of every tensor by its name in the file.
  /// - Returns: one signature, or several if the shapes do not determine where the levels end.
  /// - Throws: `ConfigurationError` if these are not the tensors of such a network.
  package static func candidates(shapes: [String: [Int]]) throws -> [ClassifierSignature] {
    let shapes = StateDictShapes(shapes: shapes)
    try ForeignCheckpoint.refuse(shapes)
    guard !shapes.contains(prefix: "output_blocks.") else {
      throw ConfigurationError.otherNetwork(.model)
    }
    let inference = try EncoderInference(shapes)
    try ImageChannels(count: inference.inChannels, kind: .classifier).requireRGB()
    let pool = try Pooling(shapes)
    let encoders = inference.signatures()
    guard !encoders.isEmpty else {
      throw ConfigurationError(
        .checkpoint,
        "the input_blocks are not arranged in levels as in guided-diffusion's EncoderUNetModel:"
          + " blocks are missing, or this is a different architecture")
    }
    return encoders.map {
      ClassifierSignature(
        encoder: $0, pool: pool.kind, poolSide: pool.side, classCount: pool.classCount)
    }
  }

  /// The pool that the tensors under `out` describe.
  private struct Pooling {
    let kind: ClassifierConfiguration.Pool
    let side: Int?
    let classCount: Int

    init(_ shapes: StateDictShapes) throws {
      if shapes["out.2.positional_embedding"] != nil {
        kind = .attention
        side = try Self.side(shapes)
        classCount = try Self.classes(shapes, "out.2.c_proj.weight", dimensions: 3)
      } else if shapes["out.0.weight"]?.count == 1 {
        kind = .adaptive
        side = nil
        classCount = try Self.classes(shapes, "out.3.weight", dimensions: 4)
      } else {
        kind = shapes["out.3.weight"] == nil ? .spatial : .spatialV2
        side = nil
        _ = try shapes.required("out.0.weight", dimensions: 2)
        let last = kind == .spatial ? "out.2.weight" : "out.3.weight"
        classCount = try Self.classes(shapes, last, dimensions: 2)
      }
    }

    /// Returns the side of the attention pool. The embedding has a column for the mean and one for
    /// each position.
    private static func side(_ shapes: StateDictShapes) throws -> Int {
      let name = "out.2.positional_embedding"
      let places = try shapes.required(name, dimensions: 2)[1] - 1
      let side = Int(Double(places).squareRoot().rounded())
      guard side > 0, side * side == places else {
        throw shapes.unreadable(
          name,
          "a square number of places and one more were expected; classifiers of images that are not"
            + " square are not supported")
      }
      return side
    }

    private static func classes(
      _ shapes: StateDictShapes, _ name: String, dimensions: Int
    ) throws -> Int {
      let count = try shapes.required(name, dimensions: dimensions)[0]
      guard NetworkLimits.classes.contains(count) else {
        throw shapes.unreadable(
          name, "at most \(NetworkLimits.classes.upperBound) classes are supported")
      }
      return count
    }
  }
}
