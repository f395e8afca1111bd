import Foundation
import TestSupport
import Testing

extension EndToEndTests {
  /// CHAOS_ROUNDS sets the number of rounds, and CHAOS_SEED the seed of the first. The seed
  /// increases by one with every round.
  @Suite("Chaos") struct ChaosTests {
    private static let rounds: Range<UInt64> = {
      let environment = ProcessInfo.processInfo.environment
      let first = environment["CHAOS_SEED"].flatMap { UInt64($0) } ?? 1
      return first..<first + (environment["CHAOS_ROUNDS"].flatMap { UInt64($0) } ?? 5)
    }()

    @Test(arguments: rounds)
    func `after any kill, stop or full disk, the same command ends with the same bytes`(
      seed: UInt64
    ) async throws {
      let disk = try await SmallDisk()
      do {
        try await disturb(ChaosRound(seed: seed), on: disk)
      } catch {
        try await disk.remove()
        throw error
      }
      try await disk.remove()
    }

    private func disturb(_ round: ChaosRound, on disk: SmallDisk) async throws {
      var round = round
      let expected = try await Undisturbed.results(round.form)
      let folder = try await round.run(on: disk.url, isSmall: disk.isMounted)
      let results = try folder.results
      let story = round.story.joined(separator: "\n")
      #expect(results.keys.sorted() == expected.keys.sorted(), "\(story)")
      let different = results.keys.filter { results[$0] != expected[$0] }
      #expect(different.isEmpty, "\(story)")
      if ProcessInfo.processInfo.environment["CHAOS_STORY"] != nil { print(story) }
      let check = try await Program.run(["verify", folder.url.path])
      #expect(check.status == 0, "\(check)\n\(story)")
    }
  }
}

/// The results of a single undisturbed process, computed once for each form.
private actor Undisturbed {
  private static let shared = Undisturbed()
  private var made: [[String]: [String: Data]] = [:]

  static func results(_ form: [String]) async throws -> [String: Data] {
    try await shared.results(form)
  }

  private func results(_ form: [String]) async throws -> [String: Data] {
    if let known = made[form] { return known }
    let folder = try await JobFolder.made(
      ChaosRound.images + ["--painting", "0"] + form)
    made[form] = try folder.results
    return made[form]!
  }
}

/// A file system of a few megabytes, or an ordinary folder if mounting is not allowed.
private struct SmallDisk {
  let url: URL
  let isMounted: Bool
  private let folder: TemporaryFolder

  init() async throws {
    folder = try TemporaryFolder()
    url = folder.url
    isMounted =
      try await TestProcess.run(
        URL(filePath: "/bin/mount"), ["-t", "tmpfs", "-o", "size=24m", "none", url.path]
      ).status == 0
  }

  func remove() async throws {
    guard isMounted else { return }
    _ = try await TestProcess.run(URL(filePath: "/bin/umount"), [url.path])
  }
}
