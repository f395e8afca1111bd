import Compute
import Testing

/// The bytes of an image do not depend on the number of threads or the other images of the batch.
@Suite struct ReproducibilityTests {
  static let operations: [OperationCase] =
    ConvolutionTests.all + GroupNormTests.all + AttentionTests.all + ResampleTests.all
    + LayoutTests.all + ConversionTests.all + EmbeddingTests.all + ActivationTests.all
    + PoolingTests.all + LayerNormTests.all + GELUTests.all + SumTests.all + NearestCodesTests.all

  @Test(arguments: operations + networkShapes + networks)
  func `an operation gives the same bits on 1, 2, 3 and 8 threads`(_ operation: OperationCase)
    throws
  {
    let experiment = Experiment()
    let output = try operation.build(experiment).output
    let one = bits(try experiment.run(output, threads: 1))
    for threads in [2, 3, 8] {
      #expect(bits(try experiment.run(output, threads: threads)) == one, "\(threads) threads")
    }
  }

  @Test(arguments: operations + networkShapes + networks)
  func `an image's bits depend neither on its place in the batch nor on the other images`(
    _ operation: OperationCase
  ) throws {
    let experiment = Experiment()
    let output = try operation.build(experiment).output
    let plan = try CompiledGraph(experiment.graph, threads: 2, keeping: [output])
    func run(_ images: [Int]) throws -> [UInt32] {
      experiment.fill(plan, images: images)
      try plan.run()
      return bits(plan.read(output))
    }
    let (together, apart) = (try run([0, 1, 2]), try run([7, 2, 0]))
    let size = together.count / 3
    #expect(Array(together[..<size]) == Array(apart[(2 * size)...]))
    #expect(Array(together[(2 * size)...]) == Array(apart[size..<2 * size]))
  }

  @Test(arguments: networks)
  func `a second run gives the same bits`(_ network: OperationCase) throws {
    let experiment = Experiment()
    let output = try network.build(experiment).output
    let plan = try CompiledGraph(experiment.graph, threads: 2)
    experiment.fill(plan)
    try plan.run()
    let first = bits(plan.read(output))
    try plan.run()
    #expect(bits(plan.read(output)) == first)
  }

  /// Complete networks, for which there are no plain loops.
  static let networks: [OperationCase] = Machine.productTypes.flatMap { type in
    [
      OperationCase("small network", type) { experiment in
        .init(output: experiment.smallNetwork(type).prediction) { fatalError("no plain loops") }
      },
      OperationCase("small network's gradient", type) { experiment in
        .init(output: experiment.smallNetwork(type).gradient) { fatalError("no plain loops") }
      },
    ]
  }

  /// Products with the sizes of the released networks, which are too large for the plain loops.
  static let networkShapes: [OperationCase] =
    Machine.productTypes.flatMap { type in
      [(64, 64, 64, 3), (8, 512, 512, 3), (8, 1024, 512, 1), (32, 3, 192, 3), (16, 192, 576, 1)]
        .map { side, from, to, kernel in
          OperationCase("\(kernel)×\(kernel) at \(side)×\(side) \(from)→\(to)", type) {
            experiment in
            let x = experiment.input(height: side, width: side, channels: from, type)
            let weights = experiment.weight(to, from, kernel, kernel, type: type)
            let output = experiment.graph.convolution(
              x, weights: weights.parameter, bias: experiment.weight(to).parameter)
            return .init(output: output) { fatalError("too large for the plain loops") }
          }
        }
    } + [
      OperationCase("linear 768→4000") { experiment in
        let weights = experiment.weight(4000, 768)
        let output = experiment.graph.linear(
          experiment.input(channels: 768), weights: weights.parameter,
          bias: experiment.weight(4000).parameter)
        return .init(output: output) { fatalError("too large for the plain loops") }
      }
    ]
}
