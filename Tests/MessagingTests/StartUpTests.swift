import Foundation
import TestSupport
import Testing

@Suite(.serialized) struct StartUpTests {
  @Test(arguments: [1, 2, 3, 8])
  func `every rank receives the plan made by rank 0`(ranks: Int) async throws {
    let folder = try TemporaryFolder()
    let result = try await TestProcess.mpirun(
      ranks: ranks, BuiltProgram.url("messaging-probe"),
      ["out=\(folder.url.path)", "seeds=5-11", "size=10"])
    #expect(result.status == 0, "\(result)")
    for rank in 0..<ranks {
      #expect(result.output.contains("rank \(rank)/\(ranks): 7 images"))
    }
  }

  @Test(arguments: [
    ("fault=plan", "that plan cannot be"), ("labels=1,2", "2 labels"), ("nonsense", "name=value"),
  ])
  func `an invalid plan ends every rank, and is explained once`(argument: String, says: String)
    async throws
  {
    let folder = try TemporaryFolder()
    let result = try await TestProcess.mpirun(
      ranks: 3, BuiltProgram.url("messaging-probe"), ["out=\(folder.url.path)", argument])
    #expect(result.status == 64, "\(result)")
    #expect(result.errors.components(separatedBy: "error:").count == 2, "\(result)")
    #expect(result.errors.contains(says), "\(result)")
    #expect(try folder.files(in: "images").isEmpty)
  }
}
