import Job
import Machine
import Program
import Testing

@Suite struct InstructionSetsTests {
  private func sets(_ ranks: KeyValuePairs<String, String>) -> InstructionSets {
    InstructionSets(
      ranks.map { host, name in
        var placement = Placement(host: host, cores: [[0]])
        placement.instructionSet = name
        return placement
      })
  }

  @Test
  func `ranks with the same instruction set need no warning`() throws {
    #expect(try sets(["a": "avx2", "b": "avx2"]).warning(limit: nil) == nil)
    #expect(try sets(["a": "avx2", "b": "avx2"]).warning(limit: "avx2") == nil)
  }

  @Test
  func `ranks with different instruction sets are named, and the option that makes them agree`()
    throws
  {
    let sets = sets([
      "a": "avx2", "b": "avx512_core_amx", "a": "avx2", "c": "avx512_core", "d": "avx2",
      "e": "avx2",
      "f": "avx2",
    ])
    #expect(
      try sets.warning(limit: nil) == """
        warning: the processors have different instruction sets (avx512_core_amx on b, avx512_core \
        on c, avx2 on a, d, e and 1 more), so the last bits of an image may depend on the rank; \
        --isa avx2 makes all ranks use the same one
        """)
  }

  @Test
  func `a rank whose processor lacks the instruction set of the option ends the job`() {
    let sets = sets(["a": "avx512_core", "b": "avx2"])
    let expected = Failure("b has no avx512_core, but only avx2: use --isa avx2", status: .usage)
    #expect(throws: expected) { try sets.warning(limit: "avx512_core") }
  }
}
