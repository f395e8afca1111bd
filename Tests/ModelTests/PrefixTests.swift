import Checkpoint
import Compute
import Diffusion
import Foundation
import Model
import Synchronization
import TestSupport
import Testing

/// Networks whose tensors have a prefix in a file that also holds other networks.
@Suite struct PrefixTests {
  private let configuration = UNetConfiguration(
    imageSize: 16, modelChannels: 32, residualBlocks: 1, channelMultipliers: [1],
    attentionDownsamplings: [], heads: .count(2), attentionOrder: .legacy,
    usesScaleShiftNorm: true, resamplesInResidualBlocks: false, classCount: nil,
    learnsSigma: false)

  /// Returns a .safetensors file with the tensors of a UNet under each prefix, filled with its
  /// value.
  private func file(_ networks: [(prefix: String, value: Float)], without name: String? = nil)
    throws
    -> CheckpointFile
  {
    let shapes = ParameterReader(shapesOnly: ())
    _ = UNet(shapes, configuration)
    var file = SafetensorsFile()
    for (prefix, value) in networks {
      for (parameter, shape) in shapes.expected where prefix + parameter != name {
        file.tensors[prefix + parameter] = .init(
          f32: [Float](repeating: value, count: shape.reduce(1, *)), shape: shape)
      }
    }
    let folder = try TemporaryFolder()
    let url = folder.url.appending(path: "networks.safetensors")
    try file.write(to: url)
    return try CheckpointFile.open(url.path)
  }

  private func output(_ network: any Network) throws -> [Float] {
    let prepared = try PreparedNetwork(network, batch: 1, type: .f32)
    let x = Latents(torchNormal([1, 3, 16, 16], seed: 2))
    return Array(try prepared.run(x, time: 10, Conditioning(labels: [.none])))
  }

  @Test
  func `each prefix gives its own network, and other tensors of the file are ignored`() throws {
    let both = try file([("first.", 0.01), ("second.", -0.02)])
    let outputs = try ["first.", "second."].map {
      try output(Architecture.unet(configuration).network(in: both, prefix: $0))
    }
    let alone = try file([("", 0.01)])
    #expect(try outputs[0] == output(NetworkFile.unet(alone, configuration)))
    #expect(outputs[0] != outputs[1])
  }

  @Test
  func `a file is opened once, when a weight is read, and gives the same network`() throws {
    let file = try file([("first.", 0.01), ("second.", -0.02)])
    let openings = Counter()
    let network = Architecture.unet(configuration).network(prefix: "second.") {
      openings.add()
      return file
    }
    _ = network.describe(in: Graph(), batch: 1, type: .f32)
    #expect(openings.count == 0)
    let expected = try output(NetworkFile.unet(file, configuration, prefix: "second."))
    #expect(try output(network) == expected)
    #expect(openings.count == 1)
  }

  @Test
  func `a file that does not fit is refused when a weight is read`() throws {
    let file = try file([("first.", 0.01)])
    let network = Architecture.unet(configuration).network(prefix: "second.") { file }
    #expect(throws: ParameterMismatch.self) { try output(network) }
  }

  private final class Counter: Sendable {
    private let value = Mutex(0)

    var count: Int { value.withLock { $0 } }
    func add() { value.withLock { $0 += 1 } }
  }

  @Test
  func `a tensor that is missing under the prefix is reported, even if another network has it`()
    throws
  {
    let name = "out.2.bias"
    let file = try file([("first.", 0.01), ("second.", 0)], without: "first." + name)
    let error = #expect(throws: ParameterMismatch.self) {
      try NetworkFile.unet(file, configuration, prefix: "first.")
    }
    #expect(error?.missing.map(\.name) == [name] && error?.unexpected.isEmpty == true)
  }
}
