import Foundation

/// The bundled model as files and guided-diffusion's flags, as someone else would have got it.
enum Bundled {
  static let folder = package.appending(path: "Sources/Model/Bundled/fashion-mnist")
  static let unet = folder.appending(path: "unet.safetensors")
  static let classifier = folder.appending(path: "classifier.safetensors")

  static let modelFlags = """
    --image_size 32 --num_channels 64 --num_res_blocks 1 --channel_mult 1,2,2 \
    --attention_resolutions 8 --num_head_channels 32 --learn_sigma True --class_cond True \
    --noise_schedule cosine --resblock_updown True --use_scale_shift_norm True \
    --use_new_attention_order True --diffusion_steps 1000
    """
  static let classifierFlags = """
    --image_size 32 --classifier_width 32 --classifier_depth 2 --classifier_channel_mult 1,2,4 \
    --classifier_attention_resolutions 16,8 --classifier_num_head_channels 32 \
    --classifier_pool attention --classifier_use_scale_shift_norm True \
    --classifier_resblock_updown True
    """
  static let classNames = [
    "T-shirt/top", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag",
    "ankle boot",
  ]

  /// A fixture of the checkpoint tests.
  static func fixture(_ name: String) -> URL {
    package.appending(path: "Tests/CheckpointTests/Fixtures/\(name)")
  }

  private static let package = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
}
