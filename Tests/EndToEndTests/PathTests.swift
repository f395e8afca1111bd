import Foundation
import TestSupport
import Testing

extension EndToEndTests {
  @Suite("Paths") struct PathTests {
    /// Runs a bash script in a new folder, with the program as $0.
    private func run(_ script: String) async throws -> (TestProcess.Result, [String]) {
      let folder = try TemporaryFolder()
      let program = try BuiltProgram.url("diffuse-mpi").path
      let result = try await TestProcess.run(
        URL(filePath: "/bin/bash"), ["-c", script, program], in: folder.url)
      let names = try FileManager.default.contentsOfDirectory(atPath: folder.url.path).sorted()
      return (result, names)
    }

    @Test(arguments: [
      "--painting 0 --out $'r\\xe9'", "--painting 0 --out=$'r\\xe9'", "--model $'r\\xe9'",
      "--classifier $'r\\xe9'", "--labels-file $'\\xe9'", "--class-names $'\\xff'",
      "--weights-cache $'\\xe9'", "--painting 0 --metrics $'\\xe9'", "plan --out $'\\xe9'",
      "status $'\\xe9'", "verify $'\\xe9'", "inspect $'\\xe9'",
    ])
    func `a path that is not UTF-8 is refused before anything is written`(arguments: String)
      async throws
    {
      let (result, names) = try await run("\"$0\" \(arguments)")
      #expect(result.status == 64, "\(result)")
      #expect(result.errors.contains("is not valid UTF-8"), "\(result)")
      if let option = arguments.split(separator: " ").last(where: { $0.hasPrefix("--") }) {
        #expect(result.errors.contains(option.prefix { $0 != "=" }), "\(result)")
      }
      #expect(names == [])
    }

    @Test
    func `a current or home folder whose path is not UTF-8 is refused, and none is created`()
      async throws
    {
      let script = """
        mkdir $'r\\xe9' && cd $'r\\xe9' && "$0" --painting 0 --out out; a=$?; cd ..
        HOME=$'/tmp/\\xe9' "$0" --painting 0 --out out; b=$?
        rmdir $'r\\xe9'; echo $a $b
        """
      let (result, names) = try await run(script)
      #expect(result.output == "64 64\n", "\(result)")
      #expect(names == [])
    }

    @Test(arguments: [
      "a b", "~home", "100%41", "what?#now", "line\nend", "tab\t", "é", "-dash",
      String(repeating: "x", count: 255),
    ])
    func `names with spaces, line ends and special characters are taken literally`(name: String)
      async throws
    {
      let folder = try TemporaryFolder()
      for arguments in [
        ["--painting", "0", "--num-samples", "2", "--out=\(name)/"], ["verify", "./\(name)"],
      ] {
        let result = try await Program.run(arguments, in: folder.url)
        #expect(result.status == 0, "\(result)")
      }
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path) == [name])
    }

    @Test(arguments: [1, 256])
    func `a path that is too long is refused`(length: Int) async throws {
      let part = String(repeating: "x", count: length) + "/"
      let path = String(repeating: part, count: 5000 / part.count)
      let folder = try TemporaryFolder()
      let result = try await Program.run(
        ["--painting", "0", "--out", "\(folder.url.path)/\(path)"])
      #expect(result.status == 73, "\(result)")
      #expect(result.errors.contains("name too long") || result.errors.contains("name is too long"))
    }
  }
}
