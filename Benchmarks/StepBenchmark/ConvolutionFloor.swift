import Compute

/// The time of only the convolutions of a network, computed directly by oneDNN.
struct ConvolutionFloor: Encodable {
  let seconds: Double
  let flops: Double

  init(_ graph: Graph, threads: Int) throws {
    let sizes = graph.operations.compactMap {
      ($0 as? Convolution).map(DirectConvolution.Size.init)
    }
    // Equal convolutions are timed once.
    let counts = Dictionary(sizes.map { ($0, 1.0) }, uniquingKeysWith: +)
    seconds = try counts.reduce(0) { sum, entry in
      sum + entry.value
        * (try leastSeconds(over: 0.1, DirectConvolution(entry.key, threads: threads).run))
    }
    flops = sizes.reduce(0) { $0 + $1.flops }
  }
}
