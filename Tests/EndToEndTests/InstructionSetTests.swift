import Foundation
import TestSupport
import Testing

extension EndToEndTests {
  @Suite("Instruction sets") struct InstructionSetTests {
    @Test
    func `a job with a limited instruction set records it`() async throws {
      let folder = try JobFolder()
      let result = try await Program.run(
        ["--painting", "0", "--num-samples", "2", "--isa", "sse41", "--out", folder.url.path],
        ranks: 2)
      #expect(result.status == 0, "\(result)")
      #expect(try folder.record["instructionSet"] as? String == "sse41")
    }

    private static let hasAMX =
      (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8))?.contains("amx_bf16") == true

    @Test(.enabled(if: !hasAMX, "this processor has all instruction sets"))
    func `an instruction set that a processor lacks is refused once, with one that it has`()
      async throws
    {
      let folder = try JobFolder()
      let result = try await Program.run(
        ["--num-samples", "2", "--isa", "avx512_core_amx", "--out", folder.url.path], ranks: 3)
      #expect(result.status == 64, "\(result)")
      #expect(
        result.errors.components(separatedBy: "has no avx512_core_amx, but only ").count == 2,
        "\(result)")
      #expect(!FileManager.default.fileExists(atPath: folder.url.path + "/images/000000.png"))
    }
  }
}
