import Foundation

/// A folder of files that cannot be used for a job.
package final class BadFiles: Sendable {
  /// Returns the folder, which is created once for all tests.
  package static func folder() throws -> URL { try shared.get().temporary.url }

  private static let shared = Result {
    // A static value is never released, so its folder would remain.
    atexit { try? FileManager.default.removeItem(at: BadFiles.folder()) }
    return try BadFiles()
  }
  private let temporary: TemporaryFolder

  private init() throws {
    temporary = try TemporaryFolder()
    try spoilCheckpoints()
    try spoilNetworks()
    try write("names.txt", "one\ntwo\n")
    try write("names-latin1.txt", Data([0xE9, 0x0A]))
    try write("names-utf16.txt", Data([0xFF, 0xFE, 0x61, 0x00, 0x0A, 0x00]))
    for name in ["taken", "unexplained"] {
      try FileManager.default.createDirectory(
        at: temporary.url.appending(path: "\(name)/images"), withIntermediateDirectories: true)
    }
    try write("taken/images/000000.png", "an image")
    try write("taken/job.json", "{}")
    try write("unexplained/images/000000.png", "an image")
  }

  private func write(_ name: String, _ text: String) throws { try write(name, Data(text.utf8)) }

  private func write(_ name: String, _ data: Data) throws {
    try data.write(to: temporary.url.appending(path: name))
  }

  private func spoilCheckpoints() throws {
    let module = try Data(contentsOf: Bundled.fixture("module-zip.pt"))
    for share in [10, 50, 99] {
      try write("truncated\(share).pt", module.prefix(module.count * share / 100))
    }
    try write("other.pt", module)
    try write("empty.pt", "")
    try write("page.pt", "<!DOCTYPE html><title>Not found</title>")
    for container in ["zip", "legacy"] {
      let pickle = "os-system-\(container).pt"
      try write(pickle, Data(contentsOf: Bundled.fixture(pickle)))
    }
    let enormous = Data([0, 0, 0, 0, 0, 0, 0, 0x40])
    try write("enormous.safetensors", enormous + Data("{\"a\": 1}".utf8))
    try write("cut.safetensors", Data(contentsOf: Bundled.unet).prefix(5_000_000))
  }

  private func spoilNetworks() throws {
    try FileManager.default.copyItem(
      at: Bundled.unet, to: temporary.url.appending(path: "unet.safetensors"))
    try FileManager.default.copyItem(
      at: Bundled.classifier, to: temporary.url.appending(path: "classifier.safetensors"))
    for network in ["unet", "classifier"] {
      // NaN in half precision. Both networks have this tensor.
      try spoil(network, as: "\(network)-nan") {
        try $0.change("input_blocks.1.0.out_layers.3.bias") {
          $0.bytes.replaceSubrange(2..<4, with: [0x00, 0x7E])
        }
      }
    }
    try TwoWeights.file(["first", "second"]).write(
      to: temporary.url.appending(path: "two.safetensors"))
    try BundledUpsampler.file().write(
      to: temporary.url.appending(path: "upsampler.safetensors"))
    try spoil("unet", as: "unet-unconditional") { $0.tensors["label_emb.weight"] = nil }
    try spoil("upsampler", as: "upsampler-seven-classes") {
      try $0.change("label_emb.weight") { $0.keepRows(7) }
    }
    try spoil("unet", as: "unet-incomplete") { $0.tensors["middle_block.0.in_layers.2.bias"] = nil }
    try spoil("classifier", as: "classifier-seven-classes") {
      try $0.change("out.2.c_proj.weight") { $0.keepRows(7) }
      try $0.change("out.2.c_proj.bias") { $0.keepRows(7) }
    }
    try spoil("classifier", as: "classifier-sixteen-pixels") {
      // One position for each of 4×4 features, and one for their mean.
      try $0.change("out.2.positional_embedding") { $0.keepColumns(17) }
    }
  }

  private func spoil(
    _ network: String, as name: String, _ body: (inout SafetensorsFile) throws -> Void
  ) throws {
    var file = try SafetensorsFile(
      temporary.url.appending(path: "\(network).safetensors"))
    try body(&file)
    try file.write(to: temporary.url.appending(path: "\(name).safetensors"))
  }
}
