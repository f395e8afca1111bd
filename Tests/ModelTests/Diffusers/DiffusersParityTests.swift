import Checkpoint
import Compute
import Diffusion
import Foundation
import Model
import TestSupport
import Testing

/// Compares networks in folders of the diffusers library with that library under PyTorch, in f32.
@Suite struct DiffusersParityTests {
  /// The largest allowed difference, relative to the largest value.
  static let tolerance: Float = 2e-5
  /// diffusers computes ᾱ in single precision.
  static let alphaTolerance = 2e-4

  @Test(arguments: DiffusersCase.all)
  func `a network of a diffusers pipeline has the outputs that diffusers computes`(
    _ fixture: DiffusersCase
  ) throws {
    let temporary = try TemporaryFolder()
    try fixture.write(to: temporary.url)
    let file = try CheckpointFile.open(temporary.url.path, for: .unet)
    let unet = try #require(ModelDescription(file, flags: nil).unet)
    let graph = Graph()
    let inputs = try NetworkFile.unet(file, unet)
      .describe(in: graph, batch: fixture.timesteps.count, type: .f32).inputs
    let plan = try CompiledGraph(graph, threads: 2)
    let shape = inputs.images.shape
    let x = torchNormal(
      [shape.batch, shape.channels, shape.height, shape.width], seed: fixture.weightSeed)
    _ = plan.floats(inputs.images).update(from: x.elements)
    _ = plan.floats(inputs.timesteps!).update(from: fixture.timesteps)
    if let labels = inputs.labels, let given = fixture.labels {
      _ = plan.floats(labels).update(from: given.map(Float.init))
    }
    try plan.run()

    let expected = try expected(fixture, "output")
    let output = plan.read(try #require(graph.outputs["prediction"]))
    #expect(relativeDifference(output, expected) <= Self.tolerance)
  }

  @Test(arguments: DiffusersCase.all)
  func `a scheduler_config.json gives the noise schedule of the scheduler`(
    _ fixture: DiffusersCase
  ) throws {
    let temporary = try TemporaryFolder()
    try fixture.write(to: temporary.url, values: false)
    let file = try CheckpointFile.open(temporary.url.path, for: .unet)
    let schedule = try TrainedSchedule(ModelDescription(file, flags: nil).diffusion)
    let expected = try expected(fixture, "alphas_cumprod")
    let steps = stride(from: 0, to: schedule.alphaBar.count, by: 37)
    #expect(Array(steps).count == expected.count)
    for (step, value) in zip(steps, expected) {
      let difference = abs(schedule.alphaBar[step] - Double(value))
      #expect(difference <= Self.alphaTolerance * schedule.alphaBar[step] + 1e-9, "step \(step)")
    }
  }

  private func expected(_ fixture: DiffusersCase, _ name: String) throws -> [Float] {
    try #require(try Fixtures.tensors("diffusers").tensors["\(fixture.name).\(name)"])
      .tensor().elements
  }
}
