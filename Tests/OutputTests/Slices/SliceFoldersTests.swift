import Foundation
import Job
import Output
import TestSupport
import Testing

@Suite struct SliceFoldersTests {
  private let temporary = try! TestSupport.TemporaryFolder()

  @Test
  func `the names of the folders of slices sort by number`() {
    let names = (1...120).map { SliceFolders.path(of: PlanSlice($0, of: 120), in: "run") }
    #expect(names.first == "run/slices/001-of-120" && names.last == "run/slices/120-of-120")
    #expect(names == names.sorted())
    #expect(SliceFolders.path(of: nil, in: "run") == "run")
  }

  @Test
  func `only folders with a job.json and the name of a slice are slices`() throws {
    for name in [
      "02-of-12", "10-of-12", "3-of-12", "13-of-12", "00-of-12", "x1-of-2", "01-of-12.old",
    ] {
      try temporary.write("{}", to: "slices/\(name)/job.json")
    }
    try temporary.write("", to: "slices/04-of-12/status.json")
    try temporary.write("", to: "slices/05-of-12")
    #expect(try SliceFolders.all(in: temporary.path).map(\.slice.text) == ["2/12", "10/12"])
    #expect(try SliceFolders.exist(in: temporary.path))
    let neighbour = try SliceFolders.neighbour(of: PlanSlice(2, of: 12)!, in: temporary.path)
    #expect(neighbour?.slice.text == "10/12")
  }

  @Test
  func `a slice of another number of slices is the first neighbour`() throws {
    for name in ["1-of-3", "2-of-4"] { try temporary.write("{}", to: "slices/\(name)/job.json") }
    let neighbour = try SliceFolders.neighbour(of: PlanSlice(2, of: 3)!, in: temporary.path)
    #expect(neighbour?.slice.text == "2/4")
    #expect(
      try SliceFolders.neighbour(of: PlanSlice(2, of: 3)!, in: temporary.path + "/none") == nil)
  }
}
