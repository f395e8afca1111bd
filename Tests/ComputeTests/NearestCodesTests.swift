import Compute
import Testing

@Suite struct NearestCodesTests {
  @Test(arguments: all)
  func `the nearest codes equal those of the plain loops`(_ operation: OperationCase) throws {
    try operation.check()
  }

  static let all: [OperationCase] = [
    (1, 1, 1, 1), (3, 5, 3, 17), (4, 4, 4, 16), (2, 7, 3, 1000), (1, 3, 256, 31), (5, 5, 8, 5),
  ].map { height, width, channels, codes in
    OperationCase("\(codes) codes of \(channels) for \(height)×\(width)", tolerance: 0) {
      experiment in
      let x = experiment.input(height: height, width: width, channels: channels)
      let table = experiment.weight(codes, channels)
      return .init(output: experiment.graph.nearestCodes(x, table: table.parameter)) {
        Reference.nearestCodes(experiment.reference(x), table: table.tensor)
      }
    }
  }

  /// The codes are told apart by a channel that is as far away in all of them.
  @Test(arguments: [2, 16, 17, 40])
  func `of equally near codes the first is taken`(_ codes: Int) throws {
    for first in 0..<codes {
      let elements = (0..<codes).flatMap { code -> [Float] in
        [code < first ? 9 : 1, code == first ? 3 : -3]
      }
      let table = Parameter(name: "codes", Tensor(shape: [codes, 2], elements: elements))
      #expect(try nearest([0, 0], table) == [1, 3])
    }
  }

  @Test
  func `a pixel that is not finite stays as it is`() throws {
    let table = Parameter(name: "codes", Tensor(shape: [3, 2], elements: [0, 1, 2, 3, 4, 5]))
    let y = try nearest([.nan, 1, 2, 2, .infinity, 0], table)
    #expect(y[0].isNaN && y[1] == 1 && y[2] == 2 && y[3] == 3 && y[4] == .infinity && y[5] == 0)
  }

  private func nearest(_ x: [Float], _ table: Parameter) throws -> [Float] {
    let graph = Graph()
    let input = graph.input(Shape(batch: 1, width: x.count / 2, channels: 2))
    let output = graph.nearestCodes(input, table: table)
    let plan = try CompiledGraph(graph, threads: 2, keeping: [output])
    plan.write(x, to: input)
    try plan.run()
    return plan.read(output)
  }
}
