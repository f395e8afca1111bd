import Foundation
import TestSupport
import Testing

/// The benchmark program on the bundled model. The tests expect results, but no particular times.
@Suite struct StepBenchmarkTests {
  private static let model = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "Sources/Model/Bundled/fashion-mnist")

  @Test(arguments: ["unet", "classifier"])
  func `kernels: all figures are positive, and the kinds add up to the run`(network: String)
    async throws
  {
    let output = try await run("kernels", network, ["--runs", "1", "--json"])
    let report = try JSONDecoder().decode(Kernels.self, from: Data(output.utf8))
    let figures =
      [report.seconds, report.flops, report.floor.seconds, report.floor.flops]
      + [report.peaks.bytesPerSecond] + report.peaks.flopsPerSecond.values
      + report.kinds.flatMap { [$0.seconds, $0.bytes, $0.bound, Double($0.count)] }
    #expect(figures.allSatisfy { $0 > 0 && $0.isFinite })
    #expect(report.peaks.flopsPerSecond["f32"] != nil)
    #expect(report.kinds.contains { $0.kind == "convolution 3×3" && $0.flops > 0 })
    #expect(abs(report.kinds.reduce(0) { $0 + $1.flops } / report.flops - 1) < 1e-9)
    #expect(report.floor.flops < report.flops)
  }

  @Test
  func `turns: one line when ready, then one per turn with the requested number of times`()
    async throws
  {
    let folder = try TemporaryFolder()
    let dump = folder.url.appending(path: "result.raw")
    let output = try await run(
      "time", "unet", ["--turns", "--dump", dump.path], input: "2\\n1\\n")
    let lines = output.split(separator: "\n").map { Data($0.utf8) }
    #expect(lines.count == 3)
    let ready = try JSONDecoder().decode(Timing.self, from: lines[0])
    #expect(ready.machine.threads == 1)
    #expect(ready.flops > 0)
    let seconds = try lines.dropFirst().map { try JSONDecoder().decode([Double].self, from: $0) }
    #expect(seconds.map(\.count) == [2, 1])
    #expect(seconds.joined().allSatisfy { $0 > 0 })

    let result = try Data(contentsOf: dump)
    // Noise and variance of three channels each, for one image of 32×32, as f32.
    #expect(result.count == 6 * 32 * 32 * 4)
    let values = result.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
    #expect(values.allSatisfy { $0.isFinite })
    #expect(Set(values).count > 1000)
  }

  @Test
  func `turns: a word that is not a number of runs is refused`() async throws {
    let result = try await TestProcess.run(
      URL(filePath: "/bin/sh"),
      ["-c", try commandLine("time", "unet", ["--turns"], input: "0\\n")])
    #expect(result.status == 64)
    #expect(result.errors.contains("a turn is a number of runs, not '0'"))
  }

  private func run(
    _ command: String, _ network: String, _ options: [String], input: String = ""
  ) async throws -> String {
    let line = try commandLine(command, network, options, input: input)
    let result = try await TestProcess.run(URL(filePath: "/bin/sh"), ["-c", line])
    #expect(result.status == 0, "\(result.errors)")
    return result.output
  }

  /// Returns a shell command line for one thread and one image in f32, which every processor can
  /// compute.
  private func commandLine(
    _ command: String, _ network: String, _ options: [String], input: String
  ) throws -> String {
    let program = try BuiltProgram.url("step-benchmark").path
    let file = Self.model.appending(path: "\(network).safetensors").path
    let words =
      [program, command, file, "--precision", "f32", "--batch", "1", "--threads", "1"] + options
    return "printf '\(input)' | " + words.map { "'\($0)'" }.joined(separator: " ")
  }
}

private struct Kernels: Decodable {
  let peaks: Peaks
  let seconds: Double
  let flops: Double
  let floor: Floor
  let kinds: [Kind]

  struct Peaks: Decodable {
    let flopsPerSecond: [String: Double]
    let bytesPerSecond: Double
  }

  struct Floor: Decodable {
    let seconds: Double
    let flops: Double
  }

  struct Kind: Decodable {
    let kind: String
    let count: Int
    let seconds: Double
    let flops: Double
    let bytes: Double
    let bound: Double
  }
}

private struct Timing: Decodable {
  let machine: Machine
  let flops: Double

  struct Machine: Decodable {
    let threads: Int
  }
}
