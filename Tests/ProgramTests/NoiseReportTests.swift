import Foundation
import Job
import Output
import Program
import TestSupport
import Testing

@Suite struct NoiseReportTests {
  private let folder: TemporaryFolder
  private let picture: String

  init() throws {
    folder = try TemporaryFolder()
    picture = folder.url.appending(path: "noise.png").path
  }

  /// Writes an image of a size with a text chunk, and returns its path.
  private func image(side: Int, label: String? = nil) throws -> String {
    let url = folder.url.appending(path: "image.png")
    let image = RGBImage(width: side, height: side, grey: 40)
    try image.pngData(text: label.map { [("label", $0)] } ?? []).write(to: url)
    return url.path
  }

  private func report(
    _ path: String, _ change: (inout NoiseReport.Request) -> Void = { _ in }
  ) throws -> NoiseReport {
    var request = NoiseReport.Request(
      image: path, networks: .init(model: "fashion-mnist"), threads: 2)
    request.out = picture
    change(&request)
    return try NoiseReport(request)
  }

  @Test
  func `an image of the model's size is predicted with the label in its text`() throws {
    let report = try report(image(side: 32, label: "7")) { $0.timesteps = "0,500" }
    let lines = report.text.split(separator: "\n")
    #expect(lines.count == 3 && lines[0].contains("error of x̂₀"))
    // Almost nothing is added at timestep 0, so the prediction is close.
    let first = lines[1].split(separator: " ")
    #expect(first[0] == "0" && Double(first.last!)! < 0.05)
    try report.write()
    let written = try RGBImage.decode(png: Data(contentsOf: URL(fileURLWithPath: picture)))
    #expect(written.image == report.picture)
    // The command replaces its own picture.
    try report.write()
  }

  @Test(arguments: [(16, "3", "the model 32×32"), (32, nil, "name it with --label")])
  func `without a prediction the reason is printed`(
    side: Int, label: String?, reason: String
  ) throws {
    let report = try report(image(side: side, label: label))
    #expect(report.text.contains("no prediction: ") && report.text.contains(reason))
    #expect(!report.text.contains("error of"))
    // Five timesteps are spread over all.
    #expect(report.text.contains("\n   0") && report.text.contains("\n 999"))
  }

  @Test
  func `a class name is a label`() throws {
    let report = try report(image(side: 32)) {
      $0.label = "sneaker"
      $0.timesteps = "100"
    }
    #expect(report.text.contains("error of"))
  }

  /// A change to a request, and the error it causes.
  struct Impossible: Sendable, CustomTestStringConvertible {
    let status: Int32
    let says: String
    let change: @Sendable (inout NoiseReport.Request) -> Void

    init(
      _ status: Int32, says: String,
      change: @escaping @Sendable (inout NoiseReport.Request) -> Void
    ) {
      (self.status, self.says, self.change) = (status, says, change)
    }

    var testDescription: String { "\(status): \(says)" }
  }

  static let impossible = [
    Impossible(64, says: "--at") { $0.timesteps = "1000" },
    Impossible(64, says: "at most 50") { $0.timesteps = "0-60" },
    Impossible(64, says: "class 12 does not exist") { $0.label = "12" },
    Impossible(64, says: "not one class") { $0.label = "1,2" },
    Impossible(66, says: "no such file") { $0.image += ".absent" },
    Impossible(65, says: "/dev/null") { $0.image = "/dev/null" },
    Impossible(64, says: "nothing") { $0.networks.model = "nothing" },
  ]

  @Test(arguments: impossible)
  func `impossible requests are refused`(impossible: Impossible) throws {
    let path = try image(side: 32)
    let failure = try #require(throws: Failure.self) { try report(path, impossible.change) }
    #expect(failure.status.rawValue == impossible.status, "\(failure)")
    #expect(failure.message.contains(impossible.says), "\(failure)")
  }

  @Test
  func `another file is not replaced`() throws {
    try Data("notes".utf8).write(to: URL(fileURLWithPath: picture))
    let report = try report(image(side: 16))
    let failure = #expect(throws: Failure.self) { try report.write() }
    #expect(failure?.status == .cannotWrite)
    #expect(try Data(contentsOf: URL(fileURLWithPath: picture)) == Data("notes".utf8))
  }

  @Test
  func `a seed always gives the same picture, and another seed another one`() throws {
    let path = try image(side: 16)
    let (first, again) = (try report(path).picture, try report(path).picture)
    let other = try report(path) { $0.seed = 1 }
    #expect(first == again && other.picture != first)
  }
}
