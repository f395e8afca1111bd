import Foundation
import Job
import Output
import TestSupport
import Testing

@Suite("The page of a job")
struct JobPageTests {
  private let temporary = try! TemporaryFolder()

  private func page(
    _ labels: ImagePlan.Labels = .spread(over: NumberRanges(first: 3), .interleaved),
    count: Int = 7, missing: Set<Int> = [], classNames: [String]? = nil, name: String = "samples",
    command: [String] = ["diffuse-mpi"]
  ) -> JobPage {
    let plan = ImagePlan(labels: labels, seeds: NumberRanges(first: count))
    let catalog = ImageCatalog.of(plan, classNames: classNames)
    var done = IndexBitmap(capacity: count)
    for index in 0..<count where !missing.contains(index) { done.insert(index) }
    return JobPage(
      name: name, summary: "\(count) images.",
      classes: ClassCounts(catalog: catalog, done: done), settings: [("Model", name)],
      run: [("Hosts", name)], command: command, commandNote: "",
      loading: LoadingExample.all(of: catalog, count: done.count, imageSize: 32, folder: name),
      files: [("images/", "the images")], program: "1.2.3")
  }

  private func count(_ tag: String, in html: String) -> Int {
    html.ranges(of: "<\(tag)").count
  }

  @Test(arguments: [
    "<script>alert(1)</script>", "</title><b>", "a & b &lt; c", "\"quoted\" 'twice'", "--><!--",
    "]]>", "\u{1B}[31mred\u{7}", "zero\u{0}", "line\u{2028}end\u{85}", "日本語 é 🦊",
  ])
  func `any text is shown unchanged and never as HTML`(text: String) {
    let names = [text, "b", "c"]
    let (plain, html) = (
      page(classNames: ["x", "b", "c"], name: "x", command: ["x"]).html,
      page(classNames: names, name: text, command: [text]).html
    )
    // The number of tags is the same as for harmless text.
    for character in "<>" {
      #expect(html.count { $0 == character } == plain.count { $0 == character })
    }
    let forbidden = html.unicodeScalars.filter {
      ($0.value < 0x20 && $0 != "\n") || (0x7F...0x9F).contains($0.value)
    }
    #expect(forbidden.isEmpty)
    #expect(!html.contains("\"quoted\""))
  }

  @Test
  func `a page is self-contained, without scripts or addresses, and links only into the folder`()
    throws
  {
    var page = page()
    page.timeline = "<svg></svg>"
    let html = page.html
    #expect(html.hasPrefix("<!DOCTYPE html>\n"))
    for part in ["<script", "http:", "https:", "@import", "url(", "src=\"/"] {
      #expect(!html.contains(part), "\(part)")
    }
    #expect(html.contains("<svg></svg>"))
    #expect(html.contains("href=\"images/\""))
  }

  @Test
  func `classes are listed with their images, including missing ones`() {
    let html = page(missing: [0, 4], classNames: ["a<b", "bag", "coat"]).html
    #expect(html.contains("3 classes, 1 to 2 images each."))
    #expect(html.contains("<li><span>0</span> a&lt;b <b>2 of 3</b></li>"))
    #expect(html.contains("<li><span>1</span> bag <b>1 of 2</b></li>"))
    #expect(html.contains("<li><span>2</span> coat <b>2</b></li>"))
  }

  @Test
  func `images without labels have no list of classes`() {
    #expect(!page(.unconditional).html.contains("Classes"))
  }

  @Test
  func `a million images of a thousand classes are listed in a few lines`() {
    let labels = ImagePlan.Labels.spread(over: NumberRanges(first: 1000), .interleaved)
    let whole = page(labels, count: 1_000_000).html
    #expect(whole.contains("1,000 classes, 1,000 images each."))
    #expect(whole.contains("<dt>1,000 images</dt><dd>1,000 classes: 0-999</dd>"))
    #expect(count("li", in: whole) == 0 && whole.utf8.count < 20_000)
    let partial = page(labels, count: 1_000_000, missing: Set(7000..<7010)).html
    #expect(partial.contains("<dt>999 images</dt><dd>10 classes: 0-9</dd>"))
    #expect(partial.contains("<dt>1,000 images</dt><dd>990 classes: 10-999</dd>"))
  }

  @Test
  func `uneven counts of many classes and long lists of labels are cut after some rows`() {
    let labels = (0..<200).flatMap { Array(repeating: $0, count: $0 % 40 + 1) }
    let html = page(.exact(NumberRanges(labels)), count: labels.count).html
    #expect(html.contains("<dt>28 or fewer</dt><dd>140 more classes</dd>"))
    let scattered = (0..<1000).map { 2 * $0 }
    #expect(page(.exact(NumberRanges(scattered)), count: 1000).html.utf8.count < 20_000)
  }

  @Test
  func `the same job gives a page with the same bytes`() {
    #expect(page().html == page().html)
  }

  @Test
  func `the command can be pasted into a shell`() async throws {
    let arguments = [
      "plain-1.5", "", "two words", "it's", "$HOME `id` \\ \"x\" *", "tab\tand\nline", "é 日",
      "esc\u{1B}", "'\u{1}'", "~", "#", "a=b;c&d|e<f>g(h){i}[j]!k",
    ]
    let command = (["/usr/bin/printf", "%s\\0"] + arguments).map(\.shellQuoted)
      .joined(separator: " ")
    let shell = Process()
    shell.executableURL = URL(fileURLWithPath: "/bin/bash")
    shell.arguments = ["-c", command]
    let output = Pipe()
    shell.standardOutput = output
    try shell.run()
    let data = try output.fileHandleForReading.readToEnd() ?? Data()
    shell.waitUntilExit()
    let words = data.split(separator: 0, omittingEmptySubsequences: false).dropLast()
    #expect(words.map { String(decoding: $0, as: UTF8.self) } == arguments)
  }

  @Test
  func `a page is replaced by the next, but another file with its name never is`() throws {
    let folder = try OutputFolder(creating: temporary.path)
    try folder.writePage(page())
    try folder.writePage(page(name: "second"))
    #expect(try temporary.contents(of: "index.html") == Data(page(name: "second").html.utf8))
    #expect(temporary.tree() == ["index.html"])

    for theirs in ["", "<!DOCTYPE html>\n<html lang=\"en\">", "x"] {
      try temporary.write(theirs, to: "index.html")
      #expect(throws: OutputError.foreignPage(path: "\(temporary.path)/index.html")) {
        try folder.writePage(page())
      }
      #expect(try temporary.contents(of: "index.html") == Data(theirs.utf8))
    }
  }

  @Test(arguments: ["link", "dangling link", "folder", "pipe"])
  func `links, even dangling ones, folders and pipes with its name are unchanged`(kind: String)
    throws
  {
    let folder = try OutputFolder(creating: temporary.path)
    let path = "\(temporary.path)/index.html"
    try temporary.write(page().html, to: "elsewhere.html")
    switch kind {
    case "link": #expect(symlink("elsewhere.html", path) == 0)
    case "dangling link": #expect(symlink("nowhere", path) == 0)
    case "folder": #expect(mkdir(path, 0o700) == 0)
    default: #expect(mkfifo(path, 0o600) == 0)
    }
    let before = temporary.tree()
    #expect(throws: OutputError.foreignPage(path: path)) { try folder.writePage(page()) }
    #expect(temporary.tree() == before)
    try temporary.write("{}", to: "job.json")
    try folder.removeEarlierJob()
    #expect(temporary.tree() == before)
  }

  @Test
  func `a large contact sheet is reduced until it fits the page, and a small one is not`() throws {
    let folder = try OutputFolder(creating: temporary.path)
    #expect(JobPage.Sheet(in: folder) == nil)
    var page = page()
    let small = RGBImage.pattern(width: 30, height: 20)
    let png = try small.pngData()
    try png.write(to: URL(fileURLWithPath: folder.contactSheetPath))
    page.sheet = JobPage.Sheet(in: folder)
    #expect(page.html.contains("base64,\(png.base64EncodedString())\" width=\"30\" height=\"20\""))
    #expect(!page.html.contains("Reduced"))

    var random = SeededGenerator(seed: 1)
    let noise = RGBImage(
      width: 1600, height: 1200,
      pixels: (0..<1600 * 1200 * 3).map { _ in UInt8(truncatingIfNeeded: random.next()) })
    try noise.pngData().write(to: URL(fileURLWithPath: folder.contactSheetPath))
    page.sheet = JobPage.Sheet(in: folder)
    #expect(page.html.contains("width=\"800\" height=\"600\""))
    #expect(page.html.contains("Reduced to 1/2 of its width"))
    #expect(page.html.utf8.count < 6_000_000)

    try temporary.write("no picture", to: "contact-sheet.png")
    #expect(JobPage.Sheet(in: folder) == nil)
  }
}

@Suite("Examples that load a job's images in Python")
struct LoadingExampleTests {
  private func examples(_ format: OutputFormat, isLabelled: Bool = true) -> [LoadingExample] {
    let labels: ImagePlan.Labels =
      isLabelled ? .spread(over: NumberRanges(first: 3), .interleaved) : .unconditional
    let plan = ImagePlan(labels: labels, seeds: NumberRanges(first: 9))
    let catalog = ImageCatalog(work: Work(plan), format: format, classCount: 3, classNames: nil)
    return LoadingExample.all(of: catalog, count: 8, imageSize: 32, folder: "my \"best\" \\ run\n")
  }

  @Test
  func `the examples match the format of the job, and name its folder as a Python string`() {
    #expect(examples(OutputFormat()).map(\.library) == ["Hugging Face datasets"])
    #expect(
      examples(OutputFormat(layout: .classes)).map(\.library)
        == ["Hugging Face datasets", "torchvision"])
    #expect(
      examples(OutputFormat(container: .tar, writesNPZ: true)).map(\.library)
        == ["webdataset", "NumPy"])
    let folder = #""my \"best\" \\ run\n/"#
    #expect(examples(OutputFormat())[0].code.contains("data_dir=\(folder)images\""))
    #expect(
      examples(OutputFormat(writesNPZ: true))[1].code
        .contains("numpy.load(\(folder)samples_8x32x32x3.npz\")"))
  }

  @Test(arguments: [false, true])
  func `the examples use labels only if there are any`(isLabelled: Bool) {
    for format in [OutputFormat(writesNPZ: true), OutputFormat(container: .tar)] {
      for example in examples(format, isLabelled: isLabelled) {
        let asks = ["label", "arr_1", "cls"].contains { example.code.contains($0) }
        #expect(asks == isLabelled, "\(example.code)")
      }
    }
  }
}
