import Model
import Testing

@Suite("Missing, unexpected and wrongly shaped tensors")
struct ParameterMismatchTests {
  @Test
  func `a file with exactly the network's tensors has no mismatch`() throws {
    let fixture = try StateDictFixture.named("small-half")
    #expect(ParameterMismatch(expected: fixture.parameters, found: fixture.shapes) == nil)
  }

  @Test
  func `all differences are listed at once, with both shapes`() throws {
    let fixture = try StateDictFixture.named("small-half")
    var found = fixture.shapes
    found["out.2.bias"] = nil
    found["out.2.weight"] = [6, 32, 3, 3]
    found["extra.weight"] = [4, 5]
    let mismatch = try #require(
      ParameterMismatch(
        expected: fixture.parameters, found: found, hints: ["use --learn_sigma True"]))
    #expect(mismatch.missing.map(\.name) == ["out.2.bias"])
    #expect(mismatch.unexpected.map(\.name) == ["extra.weight"])
    #expect(mismatch.wronglyShaped.map(\.name) == ["out.2.weight"])
    let text = mismatch.description
    #expect(text.contains("out.2.weight: the network needs 3×32×3×3, the file has 6×32×3×3"))
    #expect(text.contains("extra.weight (4×5)") && text.contains("out.2.bias (3)"))
    #expect(text.contains("use --learn_sigma True"))
  }

  @Test
  func `a long list is shortened, and its length is given`() throws {
    let fixture = try StateDictFixture.named("64x64_diffusion")
    let mismatch = try #require(ParameterMismatch(expected: fixture.parameters, found: [:]))
    let count = fixture.parameters.count
    #expect(mismatch.missing.count == count)
    #expect(mismatch.description.contains("\(count) missing from the file"))
    #expect(mismatch.description.contains("… and \(count - 12) more"))
    #expect(mismatch.description.split(separator: "\n").count == 15)
  }
}
