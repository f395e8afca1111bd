import Foundation
import Job
import Output
import TestSupport
import Testing

@Suite struct PlanEntriesTests {
  private let folder = try! TemporaryFolder()
  private var path: String { "\(folder.path)/given.csv" }

  private func write(_ text: String) throws { try folder.write(text, to: "given.csv") }

  private func decoded(_ json: Data, entries: String?) throws -> ImagePlan {
    let decoder = JSONDecoder()
    decoder.userInfo[ImagePlan.entriesKey] = entries
    return try decoder.decode(ImagePlan.self, from: json)
  }

  @Test
  func `the plan can be read from job.json and the entries next to it`() throws {
    try write((0..<5000).map { "\($0 % 7)\($0 % 3 == 0 ? ",\($0 * $0)" : "")\n" }.joined())
    let plan = try ImagePlan(reading: path)
    let copy = "\(folder.path)/labels.csv"
    try plan.writeEntries(to: copy)
    #expect(try String(contentsOfFile: copy, encoding: .utf8).hasPrefix("label,seed\n0,0\n1,1\n"))
    #expect(!FileManager.default.fileExists(atPath: copy + ".partial"))
    #expect(!folder.tree().contains { $0.hasSuffix(".partial") })
    let json = try JSONEncoder().encode(plan)
    #expect(json.count < 300)
    #expect(try decoded(json, entries: copy) == plan)
    #expect(throws: DecodingError.self) { try decoded(json, entries: nil) }

    try write("3\n")
    let failure = #expect(throws: Failure.self) { try decoded(json, entries: path) }
    #expect(failure?.message.contains("not what the job was started with") == true)
  }

  @Test
  func `entries that cannot be written are an error that names the file`() throws {
    try write("3\n")
    let plan = try ImagePlan(reading: path)
    for place in ["\(path)/labels.csv", "/proc/labels.csv"] {
      let error = #expect(throws: OutputError.self) { try plan.writeEntries(to: place) }
      #expect(error?.description.contains(place) == true)
    }
  }
}
