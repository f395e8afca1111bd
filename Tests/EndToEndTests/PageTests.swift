import Foundation
import TestSupport
import Testing

extension EndToEndTests {
  @Suite("The page of a job") struct PageTests {
    private static let names = [
      "T-shirt <top>", "a & b", "\"quoted\"", "<!-- -->", "日本語", "it's", "shirt", "sneaker",
      "bag", "ankle boot",
    ]

    /// Runs a job whose folder and class names need escaping in HTML.
    private func job(in parent: TemporaryFolder) async throws -> JobFolder {
      let names = parent.url.appending(path: "my names.txt")
      try Self.names.joined(separator: "\n").write(to: names, atomically: true, encoding: .utf8)
      let folder = JobFolder(url: parent.url.appending(path: "<run> & 'co'"))
      let result = try await Program.run(
        Program.quick + ["--class-names", names.path, "--out", folder.url.path], ranks: 2)
      #expect(result.status == 0, "\(result)")
      #expect(result.output.contains("page:          \(folder.url.path)/index.html\n"))
      return folder
    }

    private func page(_ folder: JobFolder) throws -> String {
      try String(contentsOf: folder.url.appending(path: "index.html"), encoding: .utf8)
    }

    @Test
    func `the page lists the settings and the command that made the images`() async throws {
      let parent = try TemporaryFolder()
      let folder = try await job(in: parent)
      let page = try page(folder)
      let recipe = try #require(folder.record["recipe"] as? [String: Any])
      for network in ["unet", "classifier"] {
        let entry = try #require(recipe[network] as? [String: Any])
        #expect(page.contains("SHA-256 \(try #require(entry["sha256"] as? String))<"))
      }
      let settings = try #require(folder.record["settings"] as? String)
      let host = ProcessInfo.processInfo.hostName
      for text in [
        "<h1>&lt;run&gt; &amp; &#39;co&#39;</h1>", ">5 images of 5 classes, 32×32 pixels,",
        "<dd>\(settings)</dd>", "<dd>0-4</dd>", "<dd>0-9, interleaved</dd>",
        "<dd>ddim, eta 0.0</dd>",
        "<dd>5 (ddim5)</dd>", "T-shirt &lt;top&gt; <b>1</b>", "<dd>\(host) (2 ranks)</dd>",
        "&#39;\(parent.url.path)/my names.txt&#39;", ">rank 1</text>",
        "<title>5 images in ",
        "data_dir=&quot;\(parent.url.path)/&lt;run&gt; &amp; &#39;co&#39;/images",
      ] { #expect(page.contains(text), "\(text) is missing in \(page.suffix(12_000))") }
      #expect(!page.contains("Incomplete"))
    }

    @Test
    func `a job whose images all exist writes the same page again`() async throws {
      let parent = try TemporaryFolder()
      let folder = try await job(in: parent)
      let page = try page(folder)
      try FileManager.default.removeItem(at: folder.url.appending(path: "index.html"))
      let names = parent.url.appending(path: "my names.txt").path
      let result = try await Program.run(
        Program.quick + ["--class-names", names, "--out", folder.url.path])
      #expect(result.status == 0, "\(result)")
      #expect(try self.page(folder) == page)
    }

    @Test
    func `an index.html of the user is unchanged, with one warning, and the job succeeds`()
      async throws
    {
      let folder = try JobFolder()
      try FileManager.default.createDirectory(at: folder.url, withIntermediateDirectories: true)
      let theirs = Data("<html>my gallery</html>".utf8)
      let path = folder.url.appending(path: "index.html")
      try theirs.write(to: path)
      let command = Program.quick + ["--out", folder.url.path]
      for arguments in [command, command, command + ["--overwrite"]] {
        let result = try await Program.run(arguments)
        #expect(result.status == 0, "\(result)")
        #expect(try Data(contentsOf: path) == theirs)
        let warnings = result.errors.split(separator: "\n").filter { $0.contains("index.html") }
        #expect(warnings.count == 1, "\(result)")
      }
    }

    @Test(.enabled(if: Browser.executable != nil, "there is no Chromium"))
    func `in Chromium the page shows pictures and text, fits the window and needs no other file`()
      async throws
    {
      let parent = try TemporaryFolder()
      let folder = try await job(in: parent)
      let page = try #require(try folder.files["index.html"])
      for (width, isDark) in [(400, false), (400, true), (1600, false)] {
        let (look, console) = try await Browser.open(page, width: width, isDark: isDark)
        #expect(look.windowWidth == width)
        #expect(look.overflow == 0)
        #expect(console.isEmpty, "\(console)")
        #expect(look.resources.allSatisfy { $0.hasPrefix("data:") }, "\(look.resources)")
        #expect(look.mode == "CSS1Compat")
        #expect(look.background == (isDark ? "rgb(22, 24, 27)" : "rgb(255, 255, 255)"))
        #expect(look.imageWidth > 100 && look.imageHeight > 100 && look.imageColors > 50)
        #expect(look.timelineWidth > 350 && look.timelineHeight > 50)
        for text in Self.names.prefix(5) + ["<run> & 'co'", "rank 0", "computing", "load_dataset"] {
          #expect(look.text.contains(text), "\(text) is missing in \(look.text)")
        }
      }
    }
  }
}
