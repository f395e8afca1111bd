import Compute
import Testing

@Suite struct EnlargementMergingTests {
  private let experiment = Experiment(batch: 2)
  private let x: Value
  private let weights: TestWeight
  private let bias: TestWeight

  init() {
    x = experiment.input(height: 8, width: 8, channels: 64)
    weights = experiment.weight(32, 64, 3, 3)
    bias = experiment.weight(32)
  }

  private func convolution(_ source: Value) -> Value {
    experiment.graph.convolution(source, weights: weights.parameter, bias: bias.parameter)
  }

  private func summaries(keeping kept: Set<Value>) throws -> [String] {
    try CompiledGraph(experiment.graph, threads: 1, keeping: kept).graph.operations.map(\.summary)
  }

  private let resampling = "resample up"

  @Test
  func `a convolution that alone reads an enlarged image enlarges it itself`() throws {
    let output = convolution(experiment.graph.upsampled(x))
    #expect(try summaries(keeping: [output]).count == 1)
  }

  @Test
  func `an enlarged image that is kept is stored, and the result has the same bits`() throws {
    let enlarged = experiment.graph.upsampled(x)
    let output = convolution(enlarged)
    let compiled = try CompiledGraph(experiment.graph, threads: 1, keeping: [enlarged, output])
    experiment.fill(compiled)
    try compiled.run()
    let expected = Reference.upsampled(experiment.reference(x)).elements
    #expect(compiled.read(enlarged).map(Double.init) == expected)
    #expect(bits(compiled.read(output)) == bits(try experiment.run(output)))
  }

  @Test
  func `an enlarged image that two operations read stays an operation of its own`() throws {
    let enlarged = experiment.graph.upsampled(x)
    let outputs = [convolution(enlarged), convolution(enlarged)]
    #expect(try summaries(keeping: Set(outputs)).first == resampling)
  }

  @Test
  func `an enlarged image that is multiplied by a factor stays an operation of its own`() throws {
    let output = convolution(experiment.graph.upsampled(x, scale: 0.25))
    #expect(try summaries(keeping: [output]).first == resampling)
  }

  @Test
  func `a group norm before a convolution writes the small image, and the result is the same`()
    throws
  {
    let (scale, shift) = (experiment.weight(64, mean: 1), experiment.weight(64))
    let norm = experiment.graph.groupNorm(
      [x], scale: scale.parameter, shift: shift.parameter, activates: true, resampling: .up)
    let output = convolution(norm.output)
    let compiled = try CompiledGraph(experiment.graph, threads: 1, keeping: [output])
    let written = compiled.graph.operations[0].outputs[0].shape
    #expect(written == x.shape)
    let expected = Reference.convolution(
      Reference.groupNorm(
        [experiment.reference(x)], scale: scale.elements, shift: shift.elements, activates: true,
        resampling: .up), weights: weights.tensor, bias: bias.elements)
    #expect(relativeDifference(try experiment.run(output), expected.elements) <= 1e-5)
  }

  @Test
  func `the size of a graph is that of the graph that runs`() throws {
    let output = convolution(experiment.graph.upsampled(x))
    experiment.graph.output("y", output)
    let size = GraphSize(experiment.graph)
    let enlarged = 4 * x.byteCount
    #expect(size.activations < x.byteCount + enlarged + output.byteCount)
    // Winograd's algorithm has nine products per tile of an enlarged image.
    #expect(size.constants == 9 * 32 * 64 * 4)
  }
}
