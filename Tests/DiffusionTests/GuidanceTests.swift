import Diffusion
import Foundation
import TestSupport
import Testing

/// Guidance by other networks, its interval, and the threshold after it.
@Suite struct GuidanceTests {
  private static let shape = Latents.Shape(channels: 2, height: 4, width: 4)
  private let configuration = DiffusionConfiguration(schedule: .linear, learnsSigma: false)

  /// Returns a linear function of x, the time and the label, and records its runs.
  private final class LinearNetwork: DiffusionNetwork {
    private(set) var times: [Float] = []
    private(set) var labels: [[Label]] = []
    private let slope: Float
    private var output: [Float] = []
    private let buffer: UnsafeMutableBufferPointer<Float>

    init(slope: Float, batch: Int = 2) {
      self.slope = slope
      buffer = .allocate(capacity: batch * GuidanceTests.shape.count)
      buffer.initialize(repeating: 0)
    }

    deinit { buffer.deallocate() }

    static func value(_ x: Float, slope: Float, _ label: Label) -> Float {
      let offset: Float =
        switch label {
        case .none: 0
        case .null: -1
        case .of(let number): Float(number)
        }
      return slope * x + offset / 8
    }

    func run(
      _ x: Latents, time: Float, _ conditioning: Conditioning
    ) throws -> UnsafeBufferPointer<Float> {
      times.append(time)
      labels.append(conditioning.labels)
      let count = x.shape.count
      for i in x.elements.indices {
        buffer[i] = Self.value(x.elements[i], slope: slope, conditioning.labels[i / count])
      }
      return UnsafeBufferPointer(buffer)
    }
  }

  private func noise() -> Latents {
    let x = Latents(zeros: 2, Self.shape)
    var source = NoiseSource(seeds: [5, 6])
    source.fill(x)
    return x
  }

  private func node(_ index: Double) throws -> Node {
    try TrainedSchedule(configuration).node(at: index)
  }

  @Test
  func `classifier-free guidance moves ε away from that of the null label`() throws {
    let network = LinearNetwork(slope: 0.5)
    let labels = Conditioning(labels: [.of(3), .of(7)])
    let guide = try GuidingNetwork(
      network, conditioning: Conditioning(labels: [.null, .null]), configuration: configuration,
      main: configuration, scale: 2.5, shape: Self.shape)
    let denoiser = GuidedDenoiser(
      network, guide: guide, configuration: configuration, clipsDenoised: false,
      conditioning: labels, shape: Self.shape)
    let (x, node) = (noise(), try node(400))
    let prediction = try denoiser.predict(x, at: node)
    #expect(network.labels == [[.null, .null], labels.labels])
    for (i, x0) in prediction.x0.elements.enumerated() {
      let label = labels.labels[i / Self.shape.count]
      let (with, without) = (
        Double(LinearNetwork.value(x.elements[i], slope: 0.5, label)),
        Double(LinearNetwork.value(x.elements[i], slope: 0.5, .null))
      )
      let epsilon = without + 2.5 * (with - without)
      let expected = (Double(x.elements[i]) - node.sigma * epsilon) / node.alpha
      #expect(abs(Double(x0) - expected) < 1e-5)
    }
  }

  @Test
  func `a guide with another schedule is evaluated at the same λ and told its own time`() throws {
    let other = DiffusionConfiguration(
      schedule: .cosine, steps: 4000, learnsSigma: false, rescalesTimesteps: true)
    let network = LinearNetwork(slope: 0.5)
    let weak = LinearNetwork(slope: 0.25)
    let labels = Conditioning(labels: [.of(1), .of(2)])
    let denoiser = GuidedDenoiser(
      network,
      guide: try GuidingNetwork(
        weak, conditioning: labels, configuration: other, main: configuration, scale: 2,
        shape: Self.shape),
      configuration: configuration, clipsDenoised: false, conditioning: labels, shape: Self.shape)
    let node = try node(400)
    _ = try denoiser.predict(noise(), at: node)
    let expected = try TrainedSchedule(other).node(lambda: node.lambda)
    #expect(abs(expected.lambda - node.lambda) < 1e-9)
    #expect(weak.times == [expected.time] && network.times == [400])
    // Rescaled to 1000 steps.
    #expect(weak.times[0] == Float(expected.index * 1000 / 4000))
  }

  @Test
  func `a guide whose process differs only in the scale of time has the same trained step`() throws
  {
    let other = DiffusionConfiguration(
      schedule: .linear, steps: 1000, learnsSigma: false, predictsXStart: true)
    let weak = LinearNetwork(slope: 0.25)
    let labels = Conditioning(labels: [.none, .none])
    let denoiser = GuidedDenoiser(
      LinearNetwork(slope: 0.5),
      guide: try GuidingNetwork(
        weak, conditioning: labels, configuration: other, main: configuration, scale: 2,
        shape: Self.shape),
      configuration: configuration, clipsDenoised: false, conditioning: labels, shape: Self.shape)
    _ = try denoiser.predict(noise(), at: try node(123))
    #expect(weak.times == [123])
  }

  @Test
  func `outside the guidance interval guiding networks do not run`() throws {
    let (network, weak, classifier) = (
      LinearNetwork(slope: 0.5), LinearNetwork(slope: 0.25), LinearNetwork(slope: 0.1)
    )
    let labels = Conditioning(labels: [.of(1), .of(2)])
    let nodes = try [900, 400, 100].map { try node($0) }
    // The upper bound belongs to the interval, the lower one does not.
    let interval = GuidanceInterval(lowest: nodes[2].sigmaHat, highest: nodes[1].sigmaHat)
    let denoiser = GuidedDenoiser(
      network,
      guide: try GuidingNetwork(
        weak, conditioning: labels, configuration: configuration, main: configuration, scale: 2,
        shape: Self.shape),
      classifier: classifier, guidanceInterval: interval, configuration: configuration,
      clipsDenoised: false, conditioning: labels, shape: Self.shape)
    let x = noise()
    for (node, isGuided) in zip(nodes, [false, true, false]) {
      let prediction = try denoiser.predict(x, at: node)
      #expect((prediction.gradient != nil) == isGuided)
    }
    #expect(network.times == [900, 400, 100])
    #expect(weak.times == [400] && classifier.times == [400])
  }

  // MARK: - Thresholds

  private func limited(_ values: [Float], _ threshold: Threshold) throws -> [Float] {
    let x = Latents(zeros: 2, Self.shape)
    for i in x.elements.indices { x.elements[i] = values[i % Self.shape.count] }
    // A network that predicts x₀ itself, so that the prediction is exact.
    final class Identity: DiffusionNetwork {
      func run(
        _ x: Latents, time: Float, _ conditioning: Conditioning
      ) throws -> UnsafeBufferPointer<Float> { UnsafeBufferPointer(x.elements) }
    }
    let denoiser = GuidedDenoiser(
      Identity(), threshold: threshold,
      configuration: DiffusionConfiguration(
        schedule: .linear, learnsSigma: false, predictsXStart: true),
      clipsDenoised: false, conditioning: Conditioning(labels: [.none, .none]), shape: Self.shape)
    let limited = try denoiser.predict(x, at: try node(500)).x0
    #expect(
      limited.values(ofImage: 0).map(\.bitPattern) == limited.values(ofImage: 1).map(\.bitPattern))
    return limited.values(ofImage: 0)
  }

  @Test(arguments: [0, 0.5, 0.9, 0.995, 1])
  func `a dynamic threshold divides by the quantile of the magnitudes`(percentile: Double) throws {
    var generator = SeededGenerator(seed: 7)
    let values = (0..<Self.shape.count).map { _ in Float.random(in: -3...3, using: &generator) }
    let sorted = values.map { Double($0.magnitude) }.sorted()
    let position = percentile * Double(sorted.count - 1)
    let (below, fraction) = (Int(position), position - position.rounded(.down))
    let above = min(below + 1, sorted.count - 1)
    let limit = max(1, sorted[below] * (1 - fraction) + sorted[above] * fraction)
    let result = try limited(values, .dynamic(percentile: percentile))
    for (value, limited) in zip(values, result) {
      let expected = max(-limit, min(limit, Double(value))) / limit
      #expect(abs(Double(limited) - expected) < 1e-6)
    }
  }

  @Test
  func `a dynamic threshold leaves images in the range of pixels as they are`() throws {
    let values = (0..<Self.shape.count).map { Float($0) / Float(Self.shape.count) - 0.5 }
    #expect(try limited(values, .dynamic(percentile: 0.995)) == values)
  }

  @Test
  func `a static threshold clamps to the range of pixels`() throws {
    let values = (0..<Self.shape.count).map { Float($0) / 8 - 2 }
    #expect(try limited(values, .fixed) == values.map { max(-1, min(1, $0)) })
  }

  @Test(arguments: [Threshold.fixed, .dynamic(percentile: 0.995)])
  func `a threshold does not hide NaN`(threshold: Threshold) throws {
    var values = [Float](repeating: 2, count: Self.shape.count)
    values[3] = .nan
    #expect(try limited(values, threshold).contains { $0.isNaN })
  }
}
