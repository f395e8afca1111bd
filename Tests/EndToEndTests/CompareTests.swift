import Foundation
import Output
import TestSupport
import Testing

extension EndToEndTests {
  @Suite("diffuse-mpi compare") struct CompareTests {
    /// Returns a folder with the jobs `fast` and `slow`, which have the same classes and seeds.
    private func jobs() async throws -> TemporaryFolder {
      let folder = try TemporaryFolder()
      for (name, options) in [("fast", []), ("slow", ["--sampler", "ddpm", "--format", "tar"])] {
        let result = try await Program.run(
          Program.quick + options + ["--out", name], in: folder.url)
        #expect(result.status == 0, "\(result)")
      }
      return folder
    }

    /// Compares sources in a folder. Returns the files that were written.
    private func compare(
      _ arguments: [String], in folder: TemporaryFolder
    ) async throws -> (result: TestProcess.Result, files: [String: Data]) {
      let result = try await Program.run(
        ["compare"] + arguments + ["--out", "out/new"], in: folder.url)
      #expect(result.status == 0, "\(result)")
      return (result, try JobFiles.all(in: folder.url.appending(path: "out/new")))
    }

    @Test
    func `two samplers on equal seeds stand side by side in the sheet and in the page`()
      async throws
    {
      let folder = try await jobs()
      let (result, files) = try await compare(
        ["fast", "./slow/", "--classes", "3,t-shirt/top"], in: folder)
      #expect(
        result.output == """
          fast  5 images, 32×32 pixels
          slow  5 images, 32×32 pixels
          Images at the same place have the same seed.
          out/new/compare.png: 2 classes, 1 image of each
          out/new/compare.html: 2 classes, 1 image of each

          """)
      #expect(files.keys.sorted() == ["compare.html", "compare.png"])
      let page = String(decoding: try #require(files["compare.html"]), as: UTF8.self)
      let texts = page.matches(of: /alt="([^"]*)"/).map { String($0.1) }
      #expect(
        texts == [
          "dress, image 3, seed 3", "dress, image 3, seed 3",
          "T-shirt/top, image 0, seed 0", "T-shirt/top, image 0, seed 0",
        ])
    }

    @Test
    func `an npz file of a job shows the same images as its folder`() async throws {
      let folder = try TemporaryFolder()
      let made = try await Program.run(Program.quick + ["--npz", "--out", "job"], in: folder.url)
      #expect(made.status == 0, "\(made)")
      let (result, files) = try await compare(
        ["job", "job/samples_5x32x32x3.npz", "job/images"], in: folder)
      #expect(result.output.contains("have the same index."), "\(result)")
      let page = String(decoding: try #require(files["compare.html"]), as: UTF8.self)
      let images = page.matches(of: /base64,([^"]*)"/).map(\.1)
      #expect(images.count == 15)
      for place in stride(from: 0, to: 15, by: 3) {
        #expect(images[place] == images[place + 1] && images[place] == images[place + 2])
      }
    }

    @Test
    func `images of a cascade stand beside the ones that they were made from`() async throws {
      let folder = try TemporaryFolder()
      try BundledUpsampler.file().write(to: folder.url.appending(path: "up.safetensors"))
      let job = [
        "--num-samples", "3", "--steps", "ddim3", "--keep-base", "--out", "large",
        "--upsampler", "up.safetensors", "--upsampler-flags", BundledUpsampler.flags,
        "--upsampler-steps", "2", "--upsampler-sampler", "ddpm",
      ]
      let made = try await Program.run(job, in: folder.url)
      #expect(made.status == 0, "\(made)")
      let (result, files) = try await compare(["large/base", "large"], in: folder)
      #expect(
        result.output.hasPrefix(
          """
          base   3 images, 32×32 pixels
          large  3 images, 64×64 pixels
          Images at the same place have the same seed.

          """))
      let page = String(decoding: try #require(files["compare.html"]), as: UTF8.self)
      let images = page.matches(of: /width="([0-9]+)" height="[0-9]+" alt="[^"]*seed ([0-9]+)"/)
      #expect(images.map(\.1) == ["32", "64", "32", "64", "32", "64"])
      #expect(images.map(\.2) == ["0", "0", "1", "1", "2", "2"])
    }

    /// Sources and options that are refused, in a folder with a job.
    struct Refusal: Sendable, CustomTestStringConvertible {
      let status: Int32
      let arguments: [String]
      let says: [String]
      var testDescription: String { arguments.joined(separator: " ") }
    }

    static let refusals = [
      Refusal(status: 64, arguments: ["job"], says: ["at least two"]),
      Refusal(status: 66, arguments: ["job", "none"], says: ["none: no such file or folder"]),
      Refusal(status: 65, arguments: ["job", "text.npz"], says: ["text.npz: is not an .npz file"]),
      Refusal(status: 65, arguments: ["job", "empty"], says: ["empty: holds no images"]),
      Refusal(status: 65, arguments: ["job", "flat"], says: ["flat have no labels", "subfolder"]),
      Refusal(status: 65, arguments: ["job", "far"], says: ["no class is in all sources"]),
      Refusal(status: 65, arguments: ["job", "mixed"], says: ["a.png", "b.png", "one size"]),
      Refusal(
        status: 64, arguments: ["job", "job", "--classes", "7"], says: ["--classes", "class 7"]),
      Refusal(
        status: 64, arguments: ["job", "job", "--names", "a"], says: ["--names", "2 sources"]),
      Refusal(
        status: 64, arguments: ["job", "job", "--per-class", "0"], says: ["--per-class is 0"]),
      Refusal(status: 64, arguments: ["flat", "flat", "--classes", "1"], says: ["no labels"]),
      Refusal(
        status: 73, arguments: ["job", "job", "--out", "taken"],
        says: ["taken/compare.png exists", "--out"]),
    ]

    @Test
    func `what cannot be compared is refused in one line that says what to do`() async throws {
      let parent = try TemporaryFolder()
      let path = parent.url.path
      let made = try await Program.run(Program.quick + ["--out", "\(path)/job"])
      #expect(made.status == 0, "\(made)")
      try parent.write("text", to: "text.npz")
      try parent.write("text", to: "empty/notes.txt")
      try parent.write("mine", to: "taken/compare.png")
      for (name, side) in [
        ("flat/a.png", 4), ("far/900/a.png", 4), ("mixed/a.png", 4), ("mixed/b.png", 5),
      ] {
        try parent.write(RGBImage(width: side, height: side, grey: 0).pngData(), to: name)
      }
      for refusal in Self.refusals {
        let result = try await Program.run(["compare"] + refusal.arguments, in: parent.url)
        #expect(result.status == refusal.status, "\(refusal): \(result)")
        let error = try #require(result.errors.split(separator: "\n").first, "\(refusal)")
        #expect(error.hasPrefix("error: "))
        for text in refusal.says { #expect(error.contains(text), "\(refusal): \(result)") }
      }
      let left = try JobFiles.all(in: parent.url).keys.filter { $0.contains("compare.") }
      #expect(left == ["taken/compare.png"])
    }

    @Test(.enabled(if: Browser.executable != nil, "there is no Chromium"))
    func `in Chromium the page scrolls under its heads, zooms and needs no other file`()
      async throws
    {
      let names = "\"<b>fast</b>, & more\",slow"
      let (_, files) = try await compare(
        ["fast", "slow", "--names", names, "--cell-size", "64"], in: jobs())
      let page = try #require(files["compare.html"])
      for (width, isDark) in [(400, true), (1600, false)] {
        let (look, console) = try await Browser.open(
          page, width: width, isDark: isDark, as: ComparisonLook.self)
        #expect(console.isEmpty, "\(console)")
        #expect(look.overflow == 0)
        #expect(look.mode == "CSS1Compat")
        #expect(look.background == (isDark ? "rgb(22, 24, 27)" : "rgb(255, 255, 255)"))
        #expect(look.imageCount == 10 && look.loadedCount == 10)
        #expect(look.imageWidths == [64, 256])
        #expect(look.rendering == "pixelated")
        #expect(look.headOffset == 0 && look.titleOffset == 0)
        #expect(look.resources.allSatisfy { $0.hasPrefix("data:") }, "\(look.resources)")
        for text in ["<b>fast</b>, & more", "slow", "dress", "have the same seed"] {
          #expect(look.text.contains(text), "\(text) is missing in \(look.text)")
        }
      }
    }
  }

  /// The report of the page of a comparison about itself.
  struct ComparisonLook: PageLook {
    let overflow: Int
    let background: String
    let imageCount: Int
    let loadedCount: Int
    /// The width of an image before and after the reader chooses 256 pixels.
    let imageWidths: [Int]
    let rendering: String
    /// The distances of the head and of a class name from the corner of the table's window after
    /// scrolling.
    let headOffset: Int
    let titleOffset: Int
    let text: String
    let resources: [String]
    let mode: String

    static let script = """
      const root = document.documentElement;
      const main = document.querySelector("main");
      const images = [...document.images];
      const widths = [images[0].getBoundingClientRect().width];
      document.getElementById("c256").click();
      widths.push(images[0].getBoundingClientRect().width);
      main.scrollTo(100, 300);
      const corner = main.getBoundingClientRect();
      const head = document.querySelector("thead th:nth-child(2)").getBoundingClientRect();
      const title = document.querySelector("tbody th").getBoundingClientRect();
      const look = {
        overflow: root.scrollWidth - root.clientWidth,
        background: getComputedStyle(root).backgroundColor,
        imageCount: images.length,
        loadedCount: images.filter(image => image.complete && image.naturalWidth == 32).length,
        imageWidths: widths,
        rendering: getComputedStyle(images[0]).imageRendering,
        headOffset: Math.floor(head.top - corner.top - main.clientTop),
        titleOffset: Math.floor(title.left - corner.left),
        text: document.body.innerText, mode: document.compatMode,
        resources: performance.getEntriesByType("resource").map(entry => entry.name),
      };
      """
  }
}
