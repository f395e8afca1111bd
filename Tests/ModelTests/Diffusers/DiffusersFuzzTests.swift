import Checkpoint
import Foundation
import Model
import TestSupport
import Testing

/// Random changes to the settings of a folder. They must give a configuration that passes all
/// checks, or an error. `CHECKPOINT_FUZZ` sets the number of changes, and `FUZZ_SEED` their seed.
@Suite struct DiffusersFuzzTests {
  private static func number(_ variable: String) -> Int? {
    ProcessInfo.processInfo.environment[variable].flatMap { Int($0) }
  }

  /// Values that replace those in the file.
  private static let values = [
    "null", "true", "-1", "0", "1", "1e308", "1e-320", "9223372036854775807", "-9.3e18", "1e999",
    "\"\"", "\"conv\"", "\"resnet\"", "\"scale_shift\"", "[]", "[[]]", "{}", "[0]", "[1e30]",
    "[32,64,96,128,160,192,224,256,288,320,352,384,416]", "[65536,65536,65536]", "NaN", "[null,1]",
  ]

  @Test(arguments: ["unet/config.json", "scheduler/scheduler_config.json", "model_index.json"])
  func `a folder with changed settings is described or refused`(_ name: String) throws {
    let temporary = try TemporaryFolder()
    try DiffusersCase.released.write(to: temporary.url, values: false)
    let url = temporary.url.appending(path: name)
    let original = try String(contentsOf: url, encoding: .utf8)
    var random = SeededGenerator(seed: UInt64(Self.number("FUZZ_SEED") ?? 1))
    for _ in 0..<(Self.number("CHECKPOINT_FUZZ") ?? 1000) / 10 {
      try Data(Self.changed(original, &random).utf8).write(to: url)
      do {
        let file = try CheckpointFile.open(temporary.url.path, for: .unet)
        let unet = try #require(ModelDescription(file, flags: nil).unet)
        _ = try NetworkFile.unet(file, unet)
      } catch is CheckpointError {
      } catch is ConfigurationError {
      } catch is ParameterMismatch {}
    }
  }

  /// Returns settings with one to three other values, or with some text removed.
  private static func changed(_ text: String, _ random: inout SeededGenerator) -> String {
    var lines = text.split(separator: "\n").map(String.init)
    for _ in 0..<Int.random(in: 1...3, using: &random) {
      let line = Int.random(in: lines.indices, using: &random)
      if let colon = lines[line].firstIndex(of: ":"), Bool.random(using: &random) {
        lines[line] =
          lines[line][...colon] + values.randomElement(using: &random)!
          + (lines[line].hasSuffix(",") ? "," : "")
      } else if lines.count > 1 {
        lines.remove(at: line)
      }
    }
    return lines.joined(separator: "\n")
  }
}
