import Diffusion
import Testing

@Suite struct TimestepSpacingTests {
  @Test(arguments: 1...1000)
  func `a plain count keeps the reference's timesteps`(count: Int) throws {
    let timesteps = try TimestepSpacing(parsing: "\(count)").timesteps(of: expected.trainedSteps)
    #expect(fingerprint(timesteps) == expected.fingerprintsByCount[count - 1])
  }

  @Test
  func `ddimN keeps the reference's timesteps, and is refused if the reference refuses it`() throws
  {
    for count in 1...1000 {
      let spacing = try TimestepSpacing(parsing: "ddim\(count)")
      if let kept = expected.fingerprintsByDDIMCount["\(count)"] {
        #expect(try fingerprint(spacing.timesteps(of: 1000)) == kept)
      } else {
        #expect(expected.refusedDDIMCounts.contains(count))
        #expect(throws: TimestepSpacingError.self) { try spacing.timesteps(of: 1000) }
      }
    }
  }

  @Test(arguments: expected.lists)
  func `a respacing string keeps all of the reference's timesteps`(_ list: ExpectedTimesteps.List)
    throws
  {
    let spacing = try TimestepSpacing(parsing: list.spacing)
    #expect(try spacing.timesteps(of: list.trainedSteps) == list.timesteps)
  }

  @Test(arguments: expected.fingerprints)
  func `a respacing string keeps the reference's timesteps`(_ summary: ExpectedTimesteps.Summary)
    throws
  {
    let spacing = try TimestepSpacing(parsing: summary.spacing)
    let timesteps = try spacing.timesteps(of: summary.trainedSteps)
    #expect(timesteps.count == summary.count)
    #expect(fingerprint(timesteps) == summary.fingerprint)
  }

  @Test(arguments: expected.refused)
  func `a respacing string that the reference refuses is refused`(
    _ refused: ExpectedTimesteps.Refused
  ) {
    #expect(throws: TimestepSpacingError.self) {
      try TimestepSpacing(parsing: refused.spacing).timesteps(of: refused.trainedSteps)
    }
  }

  @Test(arguments: [1, 50, 1000])
  func `the empty string keeps every step`(trainedSteps: Int) throws {
    let timesteps = try TimestepSpacing(parsing: "").timesteps(of: trainedSteps)
    #expect(timesteps == Array(0..<trainedSteps))
  }

  @Test(arguments: [
    "abc", "-1", "10,-5", "10,,5", "10,", ",", " ", "2.5", "ddim", "ddim0", "ddim-5", "ddim5,5",
    "DDIM25", "ddim2x", "99999999999999999999", "1e3",
  ])
  func `text that is not a respacing string is refused with the possible forms`(text: String) {
    #expect(throws: TimestepSpacingError.malformed(text)) { try TimestepSpacing(parsing: text) }
    let message = "\(TimestepSpacingError.malformed(text))"
    #expect(message.contains("'\(text)'") && message.contains("ddim25"))
  }

  @Test(arguments: ["0", "0,0"])
  func `sections that leave no step are refused`(text: String) throws {
    let spacing = try TimestepSpacing(parsing: text)
    #expect(throws: TimestepSpacingError.noSteps) { try spacing.timesteps(of: 1000) }
  }

  @Test(arguments: [
    (
      "ddim37", 1000,
      "ddim37: no whole stride gives 37 of 1000 steps; nearest: ddim36 / ddim38"
    ),
    ("ddim1", 1000, "ddim1: no whole stride gives 1 of 1000 steps; nearest: ddim2"),
    ("ddim1001", 1000, "ddim1001: no whole stride gives 1001 of 1000 steps; nearest: ddim1000"),
    ("ddim1", 1, "ddim1: no whole stride gives 1 of 1 steps"),
    ("1001", 1000, "cannot take 1001 steps: the model was trained with 1000"),
    ("10,600", 1000, "cannot take 600 steps from section 2 of 2: it has only 500"),
    ("9223372036854775807", 10, "cannot take 9223372036854775807 steps: the model was"),
  ])
  func `an error says why and names the nearest possible counts`(
    text: String, trainedSteps: Int, message: String
  ) throws {
    let spacing = try TimestepSpacing(parsing: text)
    let error = #expect(throws: TimestepSpacingError.self) {
      try spacing.timesteps(of: trainedSteps)
    }
    #expect(error.map { "\($0)".hasPrefix(message) } == true, "\(String(describing: error))")
  }
}

private let expected = Fixtures.decode(ExpectedTimesteps.self, from: "timesteps.json")

/// The contents of timesteps.json.
struct ExpectedTimesteps: Decodable {
  struct List: Decodable, Sendable {
    let trainedSteps: Int
    let spacing: String
    let timesteps: [Int]
  }
  struct Summary: Decodable, Sendable {
    let trainedSteps: Int
    let spacing: String
    let count: Int
    let fingerprint: String
  }
  struct Refused: Decodable, Sendable {
    let trainedSteps: Int
    let spacing: String
  }
  let trainedSteps: Int
  let fingerprintsByCount: [String]
  let fingerprintsByDDIMCount: [String: String]
  let refusedDDIMCounts: [Int]
  let lists: [List]
  let fingerprints: [Summary]
  let refused: [Refused]
}

/// Returns the 64-bit FNV-1a hash of the timesteps, joined by commas.
private func fingerprint(_ timesteps: [Int]) -> String {
  let text = timesteps.map(String.init).joined(separator: ",")
  let hash = text.utf8.reduce(0xCBF2_9CE4_8422_2325 as UInt64) {
    ($0 ^ UInt64($1)) &* 0x100_0000_01B3
  }
  let digits = String(hash, radix: 16)
  return String(repeating: "0", count: 16 - digits.count) + digits
}
