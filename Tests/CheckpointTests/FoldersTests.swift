import Checkpoint
import Foundation
import TestSupport
import Testing

/// Split checkpoints and folders of the diffusers library. All hold the same network
/// (scripts/make-folder-fixtures.py).
@Suite("Folders and split checkpoints")
struct FoldersTests {
  static let pattern = NetworkPattern(anchor: "time_embed.0.weight", parts: ["output_blocks."])

  /// Paths that lead to the network.
  static let paths = [
    "pipeline", "pipeline/unet", "pipeline/", "unet-shards", "unet-bin-shards", "unet-old-names",
    "unet-convolutions", "unet-half", "safetensors-shards",
    "safetensors-shards/model.safetensors.index.json", "bin-shards",
    "bin-shards/model.bin.index.json",
  ]

  static func path(_ name: String) -> String { Fixtures.path("folders/\(name)") }

  @Test(arguments: paths)
  func `every form of a network has the same tensors under guided-diffusion's names`(
    _ name: String
  ) throws {
    let expected = try CheckpointFile.open(Self.path("guided.safetensors"))
    let file = try CheckpointFile.open(Self.path(name), for: Self.pattern)
    #expect(Set(file.names) == Set(expected.names))
    for (name, tensor) in expected.tensors {
      let found = try #require(file.tensors[name], "\(name)")
      #expect(found.shape == tensor.shape, "\(name)")
      #expect(try found.tensor().elements == tensor.tensor().elements, "\(name)")
    }
  }

  @Test(arguments: [
    ("pipeline", 1, ["model_index.json", "scheduler/scheduler_config.json", "unet/config.json"]),
    ("unet-half", 1, ["config.json", "diffusion_pytorch_model.fp16.safetensors"]),
    (
      "bin-shards", 3,
      ["model-00001-of-00003.bin", "model-00003-of-00003.bin", "model.bin.index.json"]
    ),
  ])
  func `all files that determine the network are listed`(
    _ name: String, _ weights: Int, _ names: [String]
  ) throws {
    let files = try CheckpointFile.open(Self.path(name)).files
    #expect(files.weightsFileCount == weights)
    #expect(Set(files.all.map(\.name)).isSuperset(of: names))
    #expect(files.all.map(\.name) == files.all.map(\.name).sorted())
  }

  @Test
  func `a pipeline whose files are all in one folder is read`() throws {
    let temporary = try TemporaryFolder()
    for file in try CheckpointFiles(Self.path("pipeline")).all {
      try FileManager.default.copyItem(
        at: URL(filePath: Self.path("pipeline/\(file.name)")),
        to: temporary.url.appending(path: URL(filePath: file.name).lastPathComponent))
    }
    let file = try CheckpointFile.open(temporary.url.path, for: Self.pattern)
    #expect(file.files.diffusers?.scheduler?.name == "scheduler_config.json")
    #expect(file.files.all.count == 4)
    #expect(file.names == (try CheckpointFile.open(Self.path("pipeline")).names))
  }

  // MARK: - Refusals

  /// A change to a copy of a folder, and a part of the message that refuses the folder.
  struct Refusal: CustomTestStringConvertible {
    let folder: String
    let clue: String
    let change: @Sendable (URL) throws -> Void

    var testDescription: String { "\(folder): \(clue)" }
  }

  private static func remove(_ name: String) -> @Sendable (URL) throws -> Void {
    { try FileManager.default.removeItem(at: $0.appending(path: name)) }
  }

  private static func write(_ text: String, to name: String) -> @Sendable (URL) throws -> Void {
    { try Data(text.utf8).write(to: $0.appending(path: name)) }
  }

  private static func replace(
    _ old: String, with new: String, in name: String
  ) -> @Sendable (URL) throws -> Void {
    { folder in
      let url = folder.appending(path: name)
      let text = try String(contentsOf: url, encoding: .utf8)
      try Data(text.replacing(old, with: new).utf8).write(to: url)
    }
  }

  private static func changeWeights(
    _ name: String, _ change: @escaping @Sendable (inout SafetensorsFile) -> Void
  ) -> @Sendable (URL) throws -> Void {
    { folder in
      let url = folder.appending(path: name)
      var file = try SafetensorsFile(url)
      change(&file)
      try file.write(to: url)
    }
  }

  private static let index = "model.safetensors.index.json"
  private static let shard = "model-00002-of-00003.safetensors"
  private static let weights = "diffusion_pytorch_model.safetensors"

  static let refusals = [
    Refusal(
      folder: "safetensors-shards", clue: "lists it as one of 3 files", change: remove(shard)),
    Refusal(
      folder: "safetensors-shards",
      clue: "'../\(shard)' is not the name of a file beside the index",
      change: replace(shard, with: "../\(shard)", in: index)),
    Refusal(
      folder: "safetensors-shards", clue: "'/etc/passwd' is not the name",
      change: replace(shard, with: "/etc/passwd", in: index)),
    Refusal(
      folder: "safetensors-shards", clue: "'..' is not the name",
      change: replace(shard, with: "..", in: index)),
    Refusal(
      folder: "safetensors-shards", clue: "but the index says",
      change: changeWeights(shard) {
        $0.tensors["time_embed.0.weight"] = .init(f32: [1], shape: [1])
      }),
    Refusal(
      folder: "safetensors-shards", clue: "extra: is in \(shard), but not in the index",
      change: changeWeights(shard) { $0.tensors["extra"] = .init(f32: [1], shape: [1]) }),
    Refusal(
      folder: "safetensors-shards", clue: "is not in \(shard), where it should be",
      change: changeWeights(shard) { $0.tensors["time_embed.0.bias"] = nil }),
    Refusal(
      folder: "safetensors-shards", clue: "out.0.bias is listed twice",
      change: replace(
        "\"weight_map\": {", with: "\"weight_map\": {\"out.0.bias\": \"a\",", in: index)),
    Refusal(
      folder: "safetensors-shards", clue: "weight_map: is missing or empty",
      change: write(#"{"metadata": {}}"#, to: index)),
    Refusal(
      folder: "safetensors-shards", clue: "byte 15: { should be here",
      change: write(#"{"weight_map": ]}"#, to: index)),
    Refusal(
      folder: "safetensors-shards", clue: "is a text file",
      change: write("{\"weight_map\": {}}", to: shard)),
    Refusal(
      folder: "safetensors-shards", clue: "name one of a.bin.index.json, b.bin.index.json"
    ) { folder in
      try remove(index)(folder)
      for name in ["a", "b"] { try write("{}", to: "\(name).bin.index.json")(folder) }
    },
    Refusal(
      folder: "pipeline", clue: "holds a DDPMPipeline of the diffusers library, which has no UNet",
      change: remove("unet")),
    Refusal(
      folder: "pipeline", clue: "UNet2DConditionModel, which is controlled by text, as in Stable",
      change: replace("UNet2DModel", with: "UNet2DConditionModel", in: "unet/config.json")),
    Refusal(
      folder: "unet-old-names",
      clue: "describes a MuseModel; this version runs networks of the class",
      change: replace("UNet2DModel", with: "MuseModel", in: "config.json")),
    Refusal(
      folder: "unet-old-names", clue: "not a network of the diffusers library",
      change: write("{}", to: "config.json")),
    Refusal(
      folder: "pipeline", clue: "unet/config.json: no such", change: remove("unet/config.json")),
    Refusal(
      folder: "pipeline", clue: "there should be a diffusion_pytorch_model.safetensors or .bin",
      change: remove("unet/\(weights)")),
    Refusal(
      folder: "pipeline", clue: "model_index.json: byte 1: \" should be here",
      change: write("{", to: "model_index.json")),
    Refusal(
      folder: "unet-convolutions", clue: "sample_size is set twice",
      change: write(#"{"sample_size": 8, "sample_size": 16}"#, to: "config.json")),
    Refusal(
      folder: "unet-convolutions", clue: "text follows the end",
      change: write("{} {}", to: "config.json")),
    Refusal(
      folder: "unet-convolutions", clue: "more than any settings need",
      change: write(String(repeating: " ", count: 1_000_001), to: "config.json")),
    Refusal(
      folder: "unet-convolutions", clue: "does not belong to a UNet2DModel",
      change: changeWeights(weights) {
        $0.tensors["down_blocks.0.attentions.0.transformer_blocks.0.norm1.weight"] =
          .init(f32: [1], shape: [1])
      }),
    Refusal(
      folder: "unet-convolutions", clue: "lacks one of the three for queries, keys and values",
      change: changeWeights(weights) {
        $0.tensors["mid_block.attentions.0.to_k.weight"] = nil
      }),
    Refusal(
      folder: "unet-convolutions", clue: "is there under two names",
      change: changeWeights(weights) {
        $0.tensors["mid_block.attentions.0.query.bias"] = .init(f32: [1], shape: [1])
      }),
    Refusal(
      folder: "unet-convolutions", clue: "has another shape than those it is combined with",
      change: changeWeights(weights) {
        $0.tensors["mid_block.attentions.0.to_v.bias"] = .init(f32: [1], shape: [1])
      }),
  ]

  @Test(arguments: refusals)
  func `a folder that is damaged, incomplete or hostile is refused with what is wrong`(
    _ refusal: Refusal
  ) throws {
    let temporary = try TemporaryFolder()
    let folder = temporary.url.appending(path: "copy")
    try FileManager.default.copyItem(
      at: URL(filePath: Self.path(refusal.folder)), to: folder)
    try refusal.change(folder)
    let error = try #require(throws: CheckpointError.self) {
      try CheckpointFile.open(folder.path, for: Self.pattern)
    }
    #expect(error.description.contains(refusal.clue), "\(error)")
    #expect(error.description.hasPrefix(folder.path), "\(error)")
  }

  @Test
  func `a folder whose files are links is read, as in a download cache`() throws {
    let temporary = try TemporaryFolder()
    for name in try FileManager.default.contentsOfDirectory(
      atPath: Self.path("safetensors-shards"))
    {
      try FileManager.default.createSymbolicLink(
        atPath: temporary.url.appending(path: name).path,
        withDestinationPath: Self.path("safetensors-shards/\(name)"))
    }
    #expect(try CheckpointFile.open(temporary.url.path, for: Self.pattern).names.count > 50)
  }
}
