import Checkpoint
import Compute
import Diffusion
import Foundation
import Model
import Testing

/// The values that scripts/make-fixtures.py wrote from the reference.
enum Fixtures {
  static let folder = Bundle.module.resourceURL!.appendingPathComponent("Fixtures")

  static let networks: NetworkCases = decoded("networks.json")

  static func decoded<Value: Decodable>(_ name: String) -> Value {
    let data = try! Data(contentsOf: folder.appendingPathComponent(name))
    return try! JSONDecoder().decode(Value.self, from: data)
  }

  static func tensors(_ name: String) throws -> CheckpointFile {
    try CheckpointFile.open(folder.appendingPathComponent("\(name).safetensors").path)
  }
}

struct NetworkCases: Decodable {
  let unets: [NetworkCase<UNetConfiguration>]
  let upsamplers: [NetworkCase<UNetConfiguration>]
  let classifiers: [NetworkCase<ClassifierConfiguration>]
}

/// A network in networks.json.
struct NetworkCase<Configuration: Decodable & Sendable>: Decodable, Sendable,
  CustomTestStringConvertible
{
  struct Layer: Decodable, Sendable {
    /// The name of a module in the reference, the shape of its output, [N, C, H, W] or [N, C], the
    /// stride of the stored values, and the largest magnitude.
    let name: String
    let shape: [Int]
    let stride: Int
    let largest: Float
  }

  let name: String
  let configuration: Configuration
  /// `nil` for the bundled model's own weights.
  let weightSeed: Int?
  let inputSeed: Int
  let batch: Int
  let timesteps: [Float]
  let labels: [Int]?
  /// The side of the images that an upsampler enlarges.
  let lowSide: Int?
  let parameterTensors: Int
  let parameterElements: Int
  let layers: [Layer]

  var testDescription: String { name }
}

/// Returns torch.randn of a seed. Fewer than 16 elements are the first of 16.
func torchNormal(_ shape: [Int], seed: Int) -> Tensor {
  let count = shape.reduce(1, *)
  var generator = TorchGenerator(seed: UInt64(seed))
  var values = [Float](repeating: 0, count: max(count, 16))
  values.withUnsafeMutableBufferPointer { generator.fillNormal($0) }
  return Tensor(shape: shape, elements: Array(values.prefix(count)))
}

/// Returns a reader whose parameters have the values from scripts/fixtures/weights.py, or those of
/// the bundled model.
func fixtureReader(
  weightSeed: Int?, bundled: String, build: (ParameterReader) -> Void
) throws -> ParameterReader {
  guard let weightSeed else {
    let file = try CheckpointFile.open(
      try BundledModel(named: "fashion-mnist").folder.appendingPathComponent(
        "\(bundled).safetensors"
      ).path)
    return ParameterReader { name, _ in try file.tensors[name]!.tensor() }
  }
  let shapes = ParameterReader(shapesOnly: ())
  build(shapes)
  let expected = shapes.expected.sorted { $0.name < $1.name }
  let numbers = Dictionary(
    uniqueKeysWithValues: expected.enumerated().map { ($1.name, $0) })
  return ParameterReader { name, shape in
    scaledFixture(name, torchNormal(shape, seed: 1000 * weightSeed + numbers[name]!))
  }
}

/// Returns the value of a parameter by the rule of scripts/fixtures/weights.py.
func scaledFixture(_ name: String, _ random: Tensor) -> Tensor {
  var tensor = random
  let embeddings = [
    "label_emb.weight", "context_embed.weight", "positional_embedding", "embedding_table.weight",
    "pos_embed",
  ]
  if embeddings.contains(where: name.hasSuffix) {
    tensor.elements = random.elements.map { $0 * 0.5 }
  } else if random.shape.count >= 2 {
    let scale = Float(1 / Double(random.shape[1...].reduce(1, *)).squareRoot())
    tensor.elements = random.elements.map { $0 * scale }
  } else if name.hasSuffix(".weight") {
    tensor.elements = random.elements.map { $0 * 0.1 + 1 }
  } else {
    tensor.elements = random.elements.map { $0 * 0.1 }
  }
  return tensor
}

extension PreparedNetwork {
  /// - Parameter scale: the scale of a classifier's gradient.
  convenience init(
    _ network: any Network, scale: Float = 1, batch: Int, type: ElementType
  ) throws {
    var network = network
    if var classifier = network as? NoisyClassifier {
      classifier.guidanceScale = scale
      network = classifier
    }
    try self.init(threads: 2) { network.describe(in: $0, batch: batch, type: type) }
  }
}

extension CompiledGraph {
  /// Returns the elements of a value in PyTorch's NCHW order.
  func planes(_ value: Value) -> [Float] {
    let pixels = read(value)
    let (shape, area) = (value.shape, value.shape.pixels)
    var planes = [Float](repeating: 0, count: pixels.count)
    for n in 0..<shape.batch {
      for p in 0..<area {
        for c in 0..<shape.channels {
          planes[(n * shape.channels + c) * area + p] = pixels[(n * area + p) * shape.channels + c]
        }
      }
    }
    return planes
  }
}

/// Returns the largest absolute difference divided by the largest expected magnitude.
func relativeDifference(_ actual: [Float], _ expected: [Float], largest: Float? = nil) -> Float {
  precondition(actual.count == expected.count, "\(actual.count) values for \(expected.count)")
  let scale = largest ?? expected.map(abs).max()!
  return zip(actual, expected).map { abs($0 - $1) }.max()! / scale
}

/// Returns the network of a case by name, or that of the bundled model.
func fixtureNetwork<Configuration, Network>(
  _ name: String?, of cases: [NetworkCase<Configuration>], bundled: String,
  _ make: (ParameterReader, Configuration) -> Network
) throws -> Network {
  let fixture = cases.first { $0.name == name ?? "bundled-\(bundled)" }!
  let reader = try fixtureReader(weightSeed: fixture.weightSeed, bundled: bundled) {
    _ = make($0, fixture.configuration)
  }
  return make(reader, fixture.configuration)
}

/// Samples the images of a run with the networks of its case, and returns their bytes.
func sampledFixture(
  unet: String?, classifier: String?, classifierScale: Float, diffusion: DiffusionConfiguration?,
  settings: SolverSettings, clipsDenoised: Bool, threshold: Threshold = .none, seeds: [UInt64],
  labels: [Int], enlarging pictures: [[UInt8]] = [], precision: ElementType
) throws -> [UInt8] {
  let bundled = try BundledModel(named: "fashion-mnist")
  let configuration = diffusion ?? bundled.model.diffusion
  let networks = Fixtures.networks.unets + Fixtures.networks.upsamplers
  let unet = try fixtureNetwork(unet, of: networks, bundled: "unet", UNet.init)
  let classifier = try fixtureNetwork(
    classifier, of: Fixtures.networks.classifiers, bundled: "classifier", NoisyClassifier.init)
  let size = unet.configuration.imageSize
  let shape = Latents.Shape(channels: 3, height: size, width: size)
  let denoiser = GuidedDenoiser(
    try PreparedNetwork(unet, batch: seeds.count, type: precision),
    classifier: classifierScale == 0
      ? nil
      : try PreparedNetwork(
        classifier, scale: classifierScale, batch: seeds.count, type: precision),
    threshold: threshold, configuration: configuration, clipsDenoised: clipsDenoised,
    conditioning: Conditioning(
      labels: labels.map(Label.of), enlarged: enlarged(pictures, to: shape)), shape: shape)
  let solver = try settings.makeSolver(for: configuration)
  let x = try solver.sample(seeds: seeds, shape: shape, denoiser: denoiser)
  return PixelConversion.rgb8(x.images).flatMap { $0 }
}

/// Returns 8-bit RGB squares in another size, as a network takes them.
private func enlarged(_ pictures: [[UInt8]], to shape: Latents.Shape) -> Latents? {
  pictures.first.map { first in
    let side = Int(Double(first.count / 3).squareRoot())
    return BilinearEnlargement.enlarge(
      PixelConversion.latents(rgb8: pictures, side: side), to: shape)
  }
}

/// Expects 99.5 % of the bytes of a run to be equal to the fixture's, and none to differ by over 2.
func expectFixture(_ images: [UInt8], _ run: String, of file: String) throws {
  let expected = try Fixtures.tensors(file).tensors["\(run).images"]!.tensor()
  let differences = zip(images, expected.elements).map { abs(Float($0) - $1) }
  let equal = Double(differences.count { $0 == 0 }) / Double(differences.count)
  #expect(images.count == expected.count)
  #expect(equal >= 0.995, "only \(equal * 100) % of the bytes are equal")
  #expect(differences.max()! <= 2)
}
