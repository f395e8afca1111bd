import Diffusion
import Testing

@Suite struct RecordingDenoiserTests {
  /// Predicts half of x, with a gradient of the node's index.
  private final class HalvingDenoiser: Denoiser {
    private let gradient: FixedBuffer

    init(_ count: Int) { gradient = FixedBuffer((0..<count).map(Float.init)) }

    func predict(_ x: Latents, at node: Node) -> Prediction {
      let half = Latents(like: x)
      for i in x.elements.indices { half.elements[i] = x.elements[i] / 2 }
      return Prediction(
        x0: Latents(like: x), unguidedX0: half,
        gradient: ImageRows(gradient.elements.baseAddress!, distance: x.shape.count))
    }
  }

  @Test
  func `chosen evaluations of chosen images are kept as they were, and pass through`() throws {
    let shape = Latents.Shape(channels: 1, height: 3, width: 3)
    let recorder = RecordingDenoiser(HalvingDenoiser(27), images: [2], evaluations: [0, 2])
    let x = Latents(zeros: 3, shape)
    for evaluation in 0..<4 {
      for i in x.elements.indices { x.elements[i] = Float(100 * evaluation + i) }
      let node = Node(index: Double(evaluation), time: 0, alphaBar: 0.5)
      let prediction = try recorder.predict(x, at: node)
      #expect(prediction.unguidedX0.values == x.values.map { $0 / 2 })
    }
    #expect(recorder.moments.keys.sorted() == [2])
    let moments = try #require(recorder.moments[2])
    #expect(moments.map(\.node.index) == [0, 2])
    let expected = (18..<27).map { Float(200 + $0) }
    #expect(moments[1].x.values == expected)
    #expect(moments[1].x0.values == expected.map { $0 / 2 })
    #expect(moments[1].gradient?.values == (18..<27).map(Float.init))
  }
}
