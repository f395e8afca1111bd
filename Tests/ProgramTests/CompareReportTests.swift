import Foundation
import Job
import Output
import Program
import TestSupport
import Testing

@Suite("The report of compare")
struct CompareReportTests {
  private let temporary = try! TemporaryFolder()

  private func write(_ names: [String], side: Int = 4) throws {
    for name in names {
      try temporary.write(RGBImage(width: side, height: side, grey: 9).pngData(), to: name)
    }
  }

  private func report(
    _ sources: [String], _ change: (inout CompareReport.Request) -> Void = { _ in }
  ) throws -> [String] {
    var request = CompareReport.Request(sources: sources.map { "\(temporary.url.path)/\($0)" })
    request.out = "\(temporary.url.path)/out"
    change(&request)
    return try CompareReport(request).write().components(separatedBy: "\n")
      .map { $0.replacing(temporary.url.path, with: "~") }
  }

  @Test
  func `sources are named by the last part of their paths, or by the whole paths`() throws {
    try write(["a/one/0/1.png", "a/two/0/1.png", "b/one/0/1.png", "b/one/0/2.png"])
    #expect(
      try report(["a/one", "a/two/"]) == [
        "one  1 image, 4×4 pixels",
        "two  1 image, 4×4 pixels",
        "Images at the same place have the same index.",
        "~/out/compare.png: 1 class, 1 image of each",
        "~/out/compare.html: 1 class, 1 image of each",
      ])
    let paths = try report(["a/one", "b/one"])
    #expect(
      paths.prefix(2) == ["~/a/one  1 image, 4×4 pixels", "~/b/one  2 images, 4×4 pixels"])
    #expect(
      try report(["a/one", "b/one"]) { $0.names = "x,\"y, z\"" }[1].hasPrefix("y, z  2 images"))
  }

  @Test
  func `more classes than the sheet has room for are reported with what to do`() throws {
    try write((0..<200).flatMap { ["a/\($0)/1.png", "a/\($0)/2.png", "b/\($0)/1.png"] })
    let lines = try report(["a", "b"]) { $0.cellSize = 256 }
    #expect(
      lines[3].wholeMatch(
        of: /.*compare\.png: the first [0-9]+ classes, .*, of 200 classes; .*--classes/) != nil)
    #expect(lines[4] == "~/out/compare.html: 200 classes, 2 images of each")
  }

  @Test
  func `classes with different numbers of images are reported as up to the largest`() throws {
    try write(["a/0/1.png", "a/1/1.png", "a/1/2.png", "b/0/1.png", "b/1/1.png", "b/1/2.png"])
    #expect(try report(["a", "b"])[3].hasSuffix("2 classes, up to 2 images of each"))
    #expect(
      try report(["a", "b"]) { $0.perClass = 1 }[3].hasSuffix("2 classes, 1 image of each"))
  }

  @Test
  func `a sheet that would be too wide is refused with what to lower`() throws {
    try write((0..<8).flatMap { ["a/0/\($0).png", "b/0/\($0).png"] })
    #expect {
      try report(["a", "b"]) { request in
        request.perClass = 8
        request.cellSize = 1024
      }
    } throws: { error in
      (error as? Failure)?.status == .usage && "\(error)".contains("lower --cell-size")
    }
  }
}
