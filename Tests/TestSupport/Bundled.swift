import Foundation

/// The bundled model as files and flags of guided-diffusion, like a model from elsewhere.
package enum Bundled {
  package static let folder = root.appending(path: "Sources/Model/Bundled/fashion-mnist")
  package static let unet = folder.appending(path: "unet.safetensors")
  package static let classifier = folder.appending(path: "classifier.safetensors")

  package static let modelFlags = """
    --image_size 32 --num_channels 64 --num_res_blocks 1 --channel_mult 1,2,2 \
    --attention_resolutions 8 --num_head_channels 32 --learn_sigma True --class_cond True \
    --noise_schedule cosine --resblock_updown True --use_scale_shift_norm True \
    --use_new_attention_order True --diffusion_steps 1000
    """
  package static let classifierFlags = """
    --image_size 32 --classifier_width 32 --classifier_depth 2 --classifier_channel_mult 1,2,4 \
    --classifier_attention_resolutions 16,8 --classifier_num_head_channels 32 \
    --classifier_pool attention --classifier_use_scale_shift_norm True \
    --classifier_resblock_updown True
    """
  package static let classNames = [
    "T-shirt/top", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag",
    "ankle boot",
  ]

  /// Returns a fixture of the checkpoint tests.
  package static func fixture(_ name: String) -> URL {
    root.appending(path: "Tests/CheckpointTests/Fixtures/\(name)")
  }

  private static let root = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
}

/// A super-resolution network for images of the bundled model. Its weights are those of the bundled
/// UNet, so it enlarges nothing well, but takes as long as a trained one.
package enum BundledUpsampler {
  package static let flags = """
    --large_size 64 --small_size 32 --channel_mult 1,2,2 --attention_resolutions 16 \
    --num_head_channels 32 --noise_schedule linear --use_new_attention_order True
    """

  package static func file() throws -> SafetensorsFile {
    var file = try SafetensorsFile(Bundled.unet)
    // The channels of the enlarged image follow those of the noisy one.
    try file.change("input_blocks.0.0.weight") { tensor in
      let row = tensor.bytes.count / tensor.shape[0]
      tensor.bytes = (0..<tensor.shape[0]).reduce(into: Data()) { all, index in
        let weights = tensor.bytes[index * row..<(index + 1) * row]
        all += weights + weights
      }
      tensor.shape[1] = 6
    }
    return file
  }
}

/// A file with the bundled UNet's weights under two prefixes. Those under the first have opposite
/// signs.
package enum TwoWeights {
  package static func file(_ prefixes: [String]) throws -> SafetensorsFile {
    let unet = try SafetensorsFile(Bundled.unet)
    var file = unet
    file.tensors = [:]
    for (name, tensor) in unet.tensors {
      var negated = tensor
      // The sign of a half is the highest bit of the second byte.
      for i in stride(from: 1, to: negated.bytes.count, by: 2) { negated.bytes[i] ^= 0x80 }
      file.tensors["\(prefixes[0]).\(name)"] = negated
      file.tensors["\(prefixes[1]).\(name)"] = tensor
    }
    return file
  }
}
