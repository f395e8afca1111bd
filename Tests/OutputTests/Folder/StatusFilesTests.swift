import Foundation
import Job
import Output
import TestSupport
import Testing

@Suite struct StatusFilesTests {
  private let status = JobStatus(
    state: .running, total: 100, done: 42, doneBefore: 7, held: 3,
    givenUp: [JobStatus.GivenUp(index: 5, reason: "image 5 is \"not\" finite")],
    imagesPerSecond: 2.5, secondsLeft: 22,
    ranks: JobStatus.Ranks(total: 8, alive: 7, lost: [3], slowest: 2, slowestRate: 0.25),
    lastError: "größer")

  @Test
  func `a written status is read back, and no other file is left`() throws {
    let folder = try TemporaryFolder()
    for _ in 0..<2 { try StatusFile.write(status, in: folder.url.path) }
    #expect(try StatusFile.read(in: folder.url.path) == status)
    #expect(try folder.files(in: "").keys.sorted() == ["status.json"])
    let json = try #require(
      JSONSerialization.jsonObject(with: folder.files(in: "")["status.json"]!) as? [String: Any])
    #expect(json["state"] as? String == "running" && json["images_per_second"] as? Double == 2.5)
  }

  @Test(arguments: ["", "{}", "[1", "{\"state\": 3}"])
  func `the error for a file that is not a status names it`(text: String) throws {
    let folder = try TemporaryFolder()
    try Data(text.utf8).write(to: folder.url.appending(path: "status.json"))
    let error = #expect(throws: OutputError.self) { try StatusFile.read(in: folder.url.path) }
    #expect(error?.description.contains("status.json is not the status of a job") == true)
  }

  @Test
  func `a named pipe in place of the status is refused without waiting`() throws {
    let folder = try TemporaryFolder()
    try #require(mkfifo(folder.url.appending(path: "status.json").path, 0o600) == 0)
    let error = #expect(throws: OutputError.self) { try StatusFile.read(in: folder.url.path) }
    #expect(error?.description.contains("is a named pipe") == true)
  }

  @Test(arguments: [
    "status.json", "job.json", "contact-sheet.png", "images/000001.png", "images/metadata.jsonl",
  ])
  func `a file of the job itself is refused as the metrics file`(name: String) throws {
    let folder = try TemporaryFolder()
    let job = try OutputFolder(creating: folder.url.path)
    try FileManager.default.createDirectory(
      at: folder.url.appending(path: "images"), withIntermediateDirectories: true)
    let error = #expect(throws: Failure.self) {
      try MetricsFile("\(folder.url.path)/\(name)", option: "--metrics", folder: job)
    }
    #expect(error?.status == .usage && error?.message.hasPrefix("--metrics ") == true)
    _ = try MetricsFile("\(folder.url.path)/job.prom", option: "--metrics", folder: job)
  }

  @Test
  func `metrics are in Prometheus's text format, each with help, type and value`() throws {
    let folder = try TemporaryFolder()
    let path = folder.url.appending(path: "job.prom").path
    let job = try OutputFolder(creating: folder.url.appending(path: "job").path)
    try MetricsFile(path, option: "--metrics", folder: job).write(status)
    let text = try String(contentsOfFile: path, encoding: .utf8)
    let lines = text.split(separator: "\n").map(String.init)
    #expect(text.hasSuffix("\n"))
    for line in lines {
      let isMetric = line.wholeMatch(of: /[a-z_]+(\{state="[a-z]+"\})? [0-9.]+/) != nil
      let isComment = line.wholeMatch(of: /# (HELP [a-z_]+ .+|TYPE [a-z_]+ gauge)/) != nil
      #expect(isMetric || isComment, "\(line)")
    }
    for expected in [
      "diffuse_mpi_images 100.0", "diffuse_mpi_images_done 42.0", "diffuse_mpi_ranks_alive 7.0",
      "diffuse_mpi_images_per_second 2.5", "diffuse_mpi_state{state=\"running\"} 1",
      "diffuse_mpi_state{state=\"complete\"} 0",
    ] {
      #expect(lines.count { $0 == expected } == 1, "\(expected)")
    }
  }
}
