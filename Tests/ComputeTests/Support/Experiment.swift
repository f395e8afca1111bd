import Compute
import TestSupport

/// A graph under test with random inputs and weights, each rounded to its element type.
///
/// The inputs of an image depend only on its number, not on its position in the batch.
final class Experiment {
  let graph = Graph()
  let batch: Int
  private var elements: [Value: (inout SeededGenerator) -> Float] = [:]
  private var made: [Value: [Int: [Float]]] = [:]
  private var parameters = 0

  init(batch: Int = 3) { self.batch = batch }

  func input(
    height: Int = 1, width: Int = 1, channels: Int, _ type: ElementType = .f32,
    mean: Float = 0, deviation: Float = 1
  ) -> Value {
    let shape = Shape(batch: batch, height: height, width: width, channels: channels)
    return input(shape, type) { mean + deviation * $0.float() }
  }

  /// Adds an input of integers below `classes`, one per image.
  func labels(below classes: Int) -> Value {
    input(Shape(batch: batch, channels: 1), .f32) { Float($0.next() % UInt64(classes)) }
  }

  func timesteps() -> Value {
    input(Shape(batch: batch, channels: 1), .f32) { Float($0.next() % 1000) }
  }

  private func input(
    _ shape: Shape, _ type: ElementType, _ element: @escaping (inout SeededGenerator) -> Float
  ) -> Value {
    let value = graph.input(shape, type)
    elements[value] = element
    return value
  }

  /// Returns the contents of an input for `images`, by default the first ones.
  private func contents(_ input: Value, images: [Int]? = nil) -> [Float] {
    (images ?? Array(0..<batch)).flatMap { contents(input, image: $0) }
  }

  private func contents(_ input: Value, image: Int) -> [Float] {
    if let known = made[input]?[image] { return known }
    var generator = SeededGenerator(input.id, image)
    let element = elements[input]!
    let contents = (0..<input.shape.count / batch).map { _ in
      Reference.rounded(element(&generator), to: input.type)
    }
    made[input, default: [:]][image] = contents
    return contents
  }

  /// Returns a weight around `mean` with standard deviation 1/√(weights per output).
  func weight(_ shape: Int..., type: ElementType = .f32, mean: Float = 0) -> TestWeight {
    parameters += 1
    var generator = SeededGenerator(-parameters)
    let deviation = 1 / Float(shape.dropFirst().reduce(1, *)).squareRoot()
    let elements = generator.floats(shape.reduce(1, *)).map {
      Reference.rounded(mean + deviation * $0, to: type)
    }
    return TestWeight(
      name: "weight \(parameters)", tensor: Tensor(shape: shape, elements: elements))
  }

  /// Returns an input in the form for the plain loops.
  func reference(_ input: Value) -> ReferenceTensor {
    ReferenceTensor(shape: input.shape, elements: contents(input).map(Double.init))
  }

  /// Writes the inputs of `images`, by default the first ones.
  func fill(_ plan: CompiledGraph, images: [Int]? = nil) {
    for value in graph.inputs { plan.write(contents(value, images: images), to: value) }
  }

  /// Runs the graph and returns the elements of `output`.
  func run(_ output: Value, threads: Int = 2) throws -> [Float] {
    let plan = try CompiledGraph(graph, threads: threads, keeping: [output])
    fill(plan)
    try plan.run()
    return plan.read(output)
  }
}

/// A weight for the operation and for the plain loops.
struct TestWeight {
  let name: String
  let tensor: Tensor

  var parameter: Parameter { Parameter(name: name, tensor) }
  var elements: [Float] { tensor.elements }
}

extension CompiledGraph {
  /// Writes an input of any type. `elements` must be exact in that type.
  func write(_ elements: [Float], to value: Value) {
    switch value.type {
    case .f32:
      _ = floats(value).update(from: elements)
    case .bf16:
      let start = pointer(value).assumingMemoryBound(to: UInt16.self)
      for (i, element) in elements.enumerated() { start[i] = Reference.bfloat16(element) }
    }
  }
}
