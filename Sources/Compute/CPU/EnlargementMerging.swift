extension Graph {
  /// Returns an equivalent graph in which 3×3 convolutions enlarge their source while they read it,
  /// if the CPU is faster that way: the large image is then not stored.
  ///
  /// An enlargement is an `upsampled` value, or a group norm that enlarges as it writes. It is merged
  /// if the convolution is the only operation that reads it.
  ///
  /// - Parameter kept: values that are read after a run. They are stored although they are merged,
  ///   so that keeping a value does not change the result.
  func mergingEnlargements(keeping kept: Set<Value>) -> Graph {
    let result = Graph(self, operations: [])
    let needed = kept.union(outputs.values)
    let readers = Dictionary(
      grouping: operations.enumerated().flatMap { index, operation in
        operation.inputs.map { (value: $0, index: index) }
      }, by: \.value)
    var merged: [[any Operation]] = operations.map { [$0] }
    for (index, operation) in operations.enumerated() {
      guard let large = operation.enlarged, let reader = readers[large], reader.count == 1,
        let convolution = operations[reader[0].index] as? Convolution, convolution.source == large,
        let (small, producer) = operation.withoutEnlarging(in: result),
        convolution.canEnlarge(small)
      else { continue }
      merged[index] = producer
      if needed.contains(large) {
        merged[index].append(Resample(source: small, direction: .up, scale: 1, output: large))
      }
      merged[reader[0].index] = [convolution.enlarging(small)]
    }
    for operation in merged.joined() { result.append(operation) }
    return result
  }
}

extension Operation {
  /// The value that the operation writes enlarged to twice its size by nearest neighbour.
  fileprivate var enlarged: Value? {
    switch self {
    case let norm as GroupNorm where norm.resampling == .up: norm.output
    case let resample as Resample where resample.direction == .up && resample.scale == 1:
      resample.output
    default: nil
    }
  }

  /// Returns the value before it is enlarged, and the operation that writes it unless another one
  /// does already.
  fileprivate func withoutEnlarging(
    in graph: Graph
  ) -> (small: Value, producer: [any Operation])? {
    switch self {
    case let resample as Resample:
      return (resample.source, [])
    case var norm as GroupNorm:
      var shape = norm.sources[0].shape
      shape.channels = norm.output.shape.channels
      let small = graph.value(shape, norm.output.type)
      norm.resampling = .none
      norm.output = small
      return (small, [norm])
    default: return nil
    }
  }
}

extension Convolution {
  /// Returns the convolution of `small`, enlarged as it is read.
  fileprivate func enlarging(_ small: Value) -> Convolution {
    var convolution = self
    convolution.source = small
    convolution.enlarges = true
    return convolution
  }
}
