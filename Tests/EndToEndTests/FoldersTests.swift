import Foundation
import TestSupport
import Testing

extension EndToEndTests {
  @Suite("Models in several files") struct FoldersTests {
    private static let settings = [
      "--num-samples", "3", "--steps", "ddim2", "--batch-size", "2", "--precision", "f32",
      "--classifier-scale", "0",
    ]
    private static let flags = ["--model-flags", Bundled.modelFlags]

    @Test(arguments: [
      ("pipeline", [], "settings from unet/config.json"),
      ("shards", flags, "settings from the flags"),
    ])
    func `a folder gives the images of the file that it was made from, and is packed once`(
      _ form: String, _ flags: [String], _ source: String
    ) async throws {
      let parent = try TemporaryFolder()
      let model = parent.url.appending(path: form)
      try form == "shards" ? Bundled.writeShards(to: model) : Bundled.writePipeline(to: model)
      let plain = try await JobFolder.made(
        ["--model", Bundled.unet.path] + Self.flags + Self.settings)

      let job = try JobFolder()
      let arguments = ["--model", model.path, "--out", job.url.path] + flags + Self.settings
      let first = try await Program.run(arguments, ranks: 2)
      #expect(first.status == 0 && first.errors.contains(source), "\(first)")
      #expect(first.errors.contains("packing the weights of \(form)"), "\(first)")
      #expect(try job.pixels == plain.pixels)
      let more = try await Program.run(arguments + ["--num-samples", "4"], ranks: 2)
      #expect(more.status == 0 && !more.errors.contains("packing"), "\(more)")
    }

    @Test
    func `a job is not resumed if a file of settings has changed`() async throws {
      let parent = try TemporaryFolder()
      try Bundled.writePipeline(to: parent.url)
      let job = try JobFolder()
      let arguments = ["--model", parent.url.path, "--out", job.url.path] + Self.settings
      #expect(try await Program.run(arguments).status == 0)
      let scheduler = parent.url.appending(path: "scheduler/scheduler_config.json")
      let text = try String(contentsOf: scheduler, encoding: .utf8)
      try Data("\(text) ".utf8).write(to: scheduler)
      let refused = try await Program.run(arguments + ["--num-samples", "4"])
      #expect(refused.status == 64 && refused.errors.contains("--model is"), "\(refused)")
    }

    @Test
    func `inspect describes the network of a folder, and lists its files as JSON`() async throws {
      let parent = try TemporaryFolder()
      try Bundled.writePipeline(to: parent.url)
      let text = try await Program.run(["inspect", parent.url.path])
      #expect(text.status == 0 && text.output.contains("diffusers folder, safetensors"), "\(text)")
      #expect(text.output.contains("cosine schedule, 1000 steps"), "\(text)")
      let json = try await Program.run(["inspect", "--json", parent.url.path])
      #expect(
        json.output.contains(#""scheduler\/scheduler_config.json""#)
          || json.output.contains(#""scheduler/scheduler_config.json""#), "\(json)")
    }

    @Test(arguments: [
      ("shards/model-00002-of-00002.safetensors", 66, "lists it as one of 2 files"),
      ("pipeline/unet/config.json", 66, "no such file"),
      ("pipeline/unet/diffusion_pytorch_model.safetensors", 66, "has no weights"),
    ])
    func `a missing file is named, and ends the job with the code for unreadable input`(
      _ missing: String, _ status: Int32, _ clue: String
    ) async throws {
      let parent = try TemporaryFolder()
      try Bundled.writeShards(to: parent.url.appending(path: "shards"))
      try Bundled.writePipeline(to: parent.url.appending(path: "pipeline"))
      try FileManager.default.removeItem(at: parent.url.appending(path: missing))
      let model = parent.url.appending(path: String(missing.prefix { $0 != "/" })).path
      let result = try await Program.run(["plan", "--model", model])
      #expect(result.status == status && result.errors.contains(clue), "\(result)")
    }
  }
}
