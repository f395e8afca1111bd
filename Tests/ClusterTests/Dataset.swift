import Foundation
import TestSupport
import Testing

/// A dataset that a job of the lab generates: painted images, which take time but no processor.
struct Dataset: Sendable {
  let lab: Lab
  let count: Int
  let batchSize: Int
  /// The time in milliseconds that an image takes.
  let pace: Int

  /// The default takes 20 s on three hosts with two ranks each, so that there is time to disturb it.
  init(_ lab: Lab, count: Int = 240, batchSize: Int = 3, pace: Int = 500) {
    (self.lab, self.count, self.batchSize, self.pace) = (lab, count, batchSize, pace)
  }

  var folder: URL { lab.folder.appending(path: "samples") }
  var log: URL { lab.folder.appending(path: "samples.log") }

  /// The options that determine the images.
  private var images: [String] { ["--num-samples", "\(count)", "--batch-size", "\(batchSize)"] }

  /// Submits a script of cluster/slurm with two ranks on each host.
  ///
  /// - Parameter options: more options of sbatch, which override those in the script.
  func submit(_ script: String, nodes: String = "3", _ options: String...) async throws -> SlurmJob
  {
    let script = try ShippedScript(
      "slurm/\(script)", images: images + ["--painting", "\(pace)", "--lease", "2"],
      folder: folder, in: lab.folder)
    let output = try await lab.attempt(
      [
        "sbatch", "--parsable", "--output", log.path, "--cpus-per-task", "64", "--time", "10",
        "--signal", "B:USR1@20", "--nodes", nodes,
      ] + options + [script.file.path])
    guard let id = Int(output.output.trimmingCharacters(in: .newlines)) else {
      throw TestSetupError("sbatch: \(output)")
    }
    return SlurmJob(lab: lab, id: id)
  }

  /// Waits until some images are saved.
  func waitForImages(_ count: Int) async throws {
    try await poll("\(count) images", report: report) { savedCount >= count }
  }

  private var savedCount: Int {
    let images = folder.appending(path: "images").path
    let names = (try? FileManager.default.contentsOfDirectory(atPath: images)) ?? []
    return names.count { $0.hasSuffix(".png") }
  }

  /// Waits until the job is complete, and requires all images, with the bytes that one process
  /// generates.
  func requireCompletion(of job: SlurmJob) async throws {
    try await poll("job \(job.id) to complete", report: report) {
      // Slurm forgets a job some minutes after its end.
      (try? await job.states) == ["COMPLETED"]
    }
    let log = try report()
    let reference = lab.folder.appending(path: "reference")
    let single = try await TestProcess.run(
      BuiltProgram.url("diffuse-mpi"), images + ["--painting", "0", "--out", reference.path])
    #expect(single.status == 0, "\(single)")
    let (made, expected) = try (JobFiles.results(in: folder), JobFiles.results(in: reference))
    #expect(made.keys.sorted() == expected.keys.sorted(), "\(log)")
    #expect(made.keys.filter { made[$0] != expected[$0] }.isEmpty, "\(log)")
  }

  /// The output of the job so far.
  func report() throws -> String {
    (try? String(contentsOf: log, encoding: .utf8)) ?? "there is no output"
  }
}
