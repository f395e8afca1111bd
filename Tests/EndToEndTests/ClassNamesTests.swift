import Foundation
import TestSupport
import Testing

extension EndToEndTests {
  @Suite("Class names") struct ClassNamesTests {
    /// A job without networks, because class names do not affect them.
    private static let painted = ["--painting", "0", "--num-samples", "10"]

    private func file(_ text: String, in folder: TemporaryFolder) throws -> String {
      let url = folder.url.appending(path: "names.txt")
      try text.write(to: url, atomically: true, encoding: .utf8)
      return url.path
    }

    @Test(arguments: [[], ["--format", "tar", "--shard-size", "4"]])
    func `new names change the metadata, job.json and contact sheet of a job, but no image`(
      form: [String]
    ) async throws {
      let scratch = try TemporaryFolder()
      let names = (0..<10).map { "Name \($0)" }
      let path = try file(names.joined(separator: "\n"), in: scratch)
      let job = try await JobFolder.made(Self.painted + form)
      let before = try job.results
      let command = Self.painted + form + ["--out", job.url.path]
      let renamed = try await Program.run(command + ["--class-names", path])
      #expect(renamed.status == 0, "\(renamed)")
      #expect(renamed.errors.contains("new class names"), "\(renamed)")
      #expect(try job.record["classNames"] as? [String] == names)
      let fresh = try await JobFolder.made(Self.painted + form + ["--class-names", path])
      #expect(try job.results == fresh.results)
      let changed = try job.results.filter { before[$0.key] != $0.value }.keys
      #expect(!changed.contains { $0.hasPrefix("images/") && $0.hasSuffix(".png") })
      #expect(changed.contains("contact-sheet.png"))
      // Without the option the names stay.
      #expect(try await Program.run(command).status == 0)
      #expect(try job.results == fresh.results)
      let verified = try await Program.run(["verify", job.url.path])
      #expect(verified.status == 0, "\(verified)")
    }

    @Test
    func `new names reach shards that a killed job had renamed only partly`() async throws {
      let scratch = try TemporaryFolder()
      let names = (0..<10).map { "Name \($0)" }
      let path = try file(names.joined(separator: "\n"), in: scratch)
      let form = ["--format", "tar", "--shard-size", "4"]
      let fresh = try await JobFolder.made(Self.painted + form + ["--class-names", path])
      let job = try await JobFolder.made(Self.painted + form)
      // The state after the first shard: job.json has the new names, and the old ones are kept next
      // to it.
      try JSONEncoder().encode(Bundled.classNames)
        .write(to: job.url.appending(path: ".class-names.partial"))
      for name in ["job.json", "shards/000000.tar"] {
        try fresh.files[name]!.write(to: job.url.appending(path: name))
      }
      let result = try await Program.run(Self.painted + form + ["--out", job.url.path])
      #expect(result.output.hasPrefix("all 10 images already exist"), "\(result)")
      #expect(try job.results == fresh.results)
    }

    @Test
    func `with --class-names none there are no names`() async throws {
      let job = try await JobFolder.made(Self.painted + ["--class-names", "none"])
      #expect(try job.metadata.allSatisfy { $0.className == nil })
      #expect(try job.record["classNames"] == nil)
    }

    @Test
    func `names may contain Unicode's line ends, and each still has one line in the metadata`()
      async throws
    {
      let scratch = try TemporaryFolder()
      let names = [
        "a\u{2028}b", "c\u{2029}", "d\u{85}d", "e\u{0B}e", "f\u{0C}f", "ñandú", "猫", "עברית",
        "i\"\\",
        "👍",
      ]
      let path = try file("\u{FEFF}" + names.joined(separator: "\r\n") + "\r\n\r\n", in: scratch)
      let job = try await JobFolder.made(Self.painted + ["--class-names", path])
      #expect(try job.metadata.map(\.className) == names)
      let bytes = try #require(job.files["images/metadata.jsonl"])
      #expect(bytes.filter { $0 == 0x0A }.count == 10)
      // Python's splitlines, among others, ends a line at these characters.
      let text = String(decoding: bytes, as: UTF8.self)
      #expect(
        !text.unicodeScalars.contains { "\u{2028}\u{2029}\u{85}\u{0B}".unicodeScalars.contains($0) }
      )
    }

    @Test
    func `a model of 1,000 classes gets ImageNet's names, unless an earlier job had none`()
      async throws
    {
      let scratch = try TemporaryFolder()
      let model = scratch.url.appending(path: "model.safetensors")
      var file = try SafetensorsFile(Bundled.unet)
      try file.change("label_emb.weight") { $0.repeatRows(100) }
      try file.write(to: model)
      let command = [
        "--painting", "0", "--num-samples", "3", "--model", model.path, "--model-flags",
        Bundled.modelFlags, "--labels", "tench, Tinca tinca,Golden Retriever,517",
      ]
      let named = try await JobFolder.made(command)
      #expect(
        try named.metadata.map(\.className)
          == ["tench, Tinca tinca", "golden retriever", "crane"])
      let numbers = command.dropLast() + ["0,207,517"]
      let job = try await JobFolder.made(numbers + ["--class-names", "none"])
      #expect(try job.metadata.allSatisfy { $0.className == nil })
      let again = try await Program.run(numbers + ["--out", job.url.path])
      #expect(again.status == 0, "\(again)")
      #expect(try job.metadata.allSatisfy { $0.className == nil })
      let refused = try await Program.run(
        command.dropLast() + ["crane", "--out", scratch.url.path + "/out"])
      #expect(refused.status == 64 && refused.errors.contains("134 (crane), 517 (crane)"))
    }

    @Test
    func `names and labels can be read from a pipe`() async throws {
      let program = try BuiltProgram.url("diffuse-mpi").path
      let script = """
        '\(program)' plan --no-timing --class-names <(printf 'n%d\\n' 0 1 2 3 4 5 6 7 8 9) \
          --labels-file <(printf 'n7\\n3,5\\n') && printf 4 | '\(program)' plan --no-timing --labels-file /dev/stdin
        """
      let result = try await TestProcess.run(URL(filePath: "/bin/bash"), ["-c", script])
      #expect(result.status == 0, "\(result)")
      #expect(result.output.contains("000000.png  seed 0  label 7 (n7)"), "\(result)")
      #expect(result.output.contains("000001.png  seed 5  label 3 (n3)"), "\(result)")
      #expect(result.output.contains("000000.png  seed 0  label 4 (coat)"), "\(result)")
    }

    @Test
    func `the program says that it waits for a pipe that nobody writes to, until a signal comes`()
      async throws
    {
      let scratch = try TemporaryFolder()
      let pipe = scratch.url.appending(path: "pipe").path
      #expect(mkfifo(pipe, 0o600) == 0)
      let command = ["--painting", "0", "--labels-file", pipe, "--out", scratch.url.path + "/out"]
      let errors = scratch.url.appending(path: "errors").path
      let program = try BuiltProgram.url("diffuse-mpi").path
      let script = #"""
        "$@" 2>"$0" & while kill -0 $! && ! grep -q waiting "$0"; do sleep 0.1; done
        kill -TERM $!; wait $!
        """#
      let result = try await TestProcess.run(
        URL(filePath: "/bin/bash"), ["-c", script, errors, program] + command,
        timeout: .seconds(120))
      #expect(result.status == 75 && !result.timedOut, "\(result)")
      let text = try String(contentsOfFile: errors, encoding: .utf8)
      #expect(text.contains("waiting for data from \(pipe)"))
      #expect(text.contains("error: \(pipe): interrupted"))
    }
  }
}
