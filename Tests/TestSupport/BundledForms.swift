import Foundation

/// The bundled UNet in other forms, like a model from elsewhere.
extension Bundled {
  /// Writes the UNet as two .safetensors files with an index.
  package static func writeShards(to folder: URL) throws {
    let names = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"]
    var shards = [SafetensorsFile(), SafetensorsFile()]
    var map: [String: String] = [:]
    for (index, tensor) in try SafetensorsFile(unet).tensors.enumerated() {
      shards[index % 2].tensors[tensor.key] = tensor.value
      map[tensor.key] = names[index % 2]
    }
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    for (name, shard) in zip(names, shards) { try shard.write(to: folder.appending(path: name)) }
    try JSONSerialization.data(withJSONObject: ["metadata": [:], "weight_map": map])
      .write(to: folder.appending(path: "model.safetensors.index.json"))
  }

  /// Writes the UNet as a pipeline of the diffusers library, in half precision.
  package static func writePipeline(to folder: URL) throws {
    for part in ["unet", "scheduler"] {
      try FileManager.default.createDirectory(
        at: folder.appending(path: part), withIntermediateDirectories: true)
    }
    try Data(#"{"_class_name": "DDPMPipeline"}"#.utf8)
      .write(to: folder.appending(path: "model_index.json"))
    try Data(config.utf8).write(to: folder.appending(path: "unet/config.json"))
    try Data(scheduler.utf8).write(to: folder.appending(path: "scheduler/scheduler_config.json"))
    var file = SafetensorsFile()
    for (name, tensor) in try SafetensorsFile(unet).tensors {
      for (name, tensor) in try DiffusersLayer(name).tensors(tensor) { file.tensors[name] = tensor }
    }
    try file.write(to: folder.appending(path: "unet/diffusion_pytorch_model.safetensors"))
  }

  private static let config = """
    {"_class_name": "UNet2DModel", "sample_size": 32, "out_channels": 6, "layers_per_block": 1,
     "block_out_channels": [64, 128, 128], "attention_head_dim": 32, "num_class_embeds": 10,
     "down_block_types": ["ResnetDownsampleBlock2D", "ResnetDownsampleBlock2D", "AttnDownBlock2D"],
     "up_block_types": ["AttnUpBlock2D", "ResnetUpsampleBlock2D", "ResnetUpsampleBlock2D"],
     "downsample_type": "resnet", "upsample_type": "resnet", "attn_norm_num_groups": 32,
     "resnet_time_scale_shift": "scale_shift"}
    """
  private static let scheduler = """
    {"_class_name": "DDPMScheduler", "beta_schedule": "squaredcos_cap_v2",
     "num_train_timesteps": 1000, "variance_type": "learned_range", "prediction_type": "epsilon"}
    """
}

/// A layer of the bundled UNet in the diffusers library (diffusers_conversion.py in
/// scripts/fixtures).
private struct DiffusersLayer {
  private let block: String
  private let layer: String
  private let kind: String

  private static let layers = [
    "in_layers.0": "norm1", "in_layers.2": "conv1", "emb_layers.1": "time_emb_proj",
    "out_layers.0": "norm2", "out_layers.3": "conv2", "skip_connection": "conv_shortcut",
    "norm": "group_norm", "proj_out": "to_out.0", "qkv": "qkv",
  ]
  private static let outside = [
    "time_embed.0": "time_embedding.linear_1", "time_embed.2": "time_embedding.linear_2",
    "label_emb": "class_embedding", "input_blocks.0.0": "conv_in", "out.0": "conv_norm_out",
    "out.2": "conv_out",
  ]

  init(_ name: String) throws {
    let parts = name.split(separator: ".").map(String.init)
    kind = parts.last!
    if let outside = Self.outside[parts.dropLast().joined(separator: ".")] {
      (block, layer) = (outside, "")
      return
    }
    let isMiddle = parts[0] == "middle_block"
    let start = isMiddle ? 2 : 3
    guard let number = Int(parts[1]), let position = Int(parts[start - 1]),
      let layer = Self.layers[parts[start..<(parts.count - 1)].joined(separator: ".")]
    else { throw TestSetupError("\(name) is not a tensor of the bundled UNet") }
    self.layer = layer
    let isAttention = ["group_norm", "to_out.0", "qkv"].contains(layer)
    let isEncoder = parts[0] == "input_blocks"
    // A level has one residual block in the encoder, and then changes the resolution.
    let (level, index) = (isEncoder ? number - 1 : number).quotientAndRemainder(dividingBy: 2)
    let module =
      isAttention
      ? "attentions.\(index)"
      : isEncoder && index == 1
        ? "downsamplers.0" : !isEncoder && position > 0 ? "upsamplers.0" : "resnets.\(index)"
    block =
      isMiddle
      ? "mid_block.\(number == 1 ? "attentions" : "resnets").\(number / 2)"
      : "\(isEncoder ? "down" : "up")_blocks.\(level).\(module)"
  }

  /// Returns the tensors by their names.
  func tensors(_ tensor: SafetensorsFile.Tensor) throws -> [String: SafetensorsFile.Tensor] {
    guard layer == "qkv" else {
      return ["\(block)\(layer.isEmpty ? "" : ".")\(layer).\(kind)": tensor]
    }
    // The bundled network has the new order, so that each third of the rows is one matrix.
    let (size, rows) = (tensor.bytes.count / 3, tensor.shape[0] / 3)
    return Dictionary(
      uniqueKeysWithValues: ["q", "k", "v"].enumerated().map { index, part in
        let bytes = Data(tensor.bytes[index * size..<(index + 1) * size])
        let shape = [rows] + tensor.shape.dropFirst().prefix(1)
        return ("\(block).to_\(part).\(kind)", .init(type: tensor.type, shape: shape, bytes: bytes))
      })
  }
}
