import Compute
import Testing

/// One operation at one size, with what the plain loops make of the same inputs.
struct OperationCase: Sendable, CustomTestStringConvertible {
  typealias Build = @Sendable (Experiment) throws -> Built

  struct Built {
    let output: Value
    let expected: () -> ReferenceTensor
  }

  let name: String
  let type: ElementType
  let batch: Int
  /// Largest difference allowed, relative to the largest value expected.
  let tolerance: Double
  let build: Build

  /// `tolerance` by default is a few units of f32's last place, accumulated, or one of bf16's.
  init(
    _ name: String, _ type: ElementType = .f32, batch: Int = 3, tolerance: Double? = nil,
    build: @escaping Build
  ) {
    self.name = name
    self.type = type
    self.batch = batch
    self.tolerance = tolerance ?? (type == .f32 ? 1e-5 : 0x1p-8)
    self.build = build
  }

  var testDescription: String { "\(name), \(type.rawValue), batch \(batch)" }

  /// Runs the operation and compares it with the plain loops.
  func check(sourceLocation: SourceLocation = #_sourceLocation) throws {
    let experiment = Experiment(batch: batch)
    let built = try build(experiment)
    let actual = try experiment.run(built.output)
    let difference = relativeDifference(actual, built.expected().elements)
    #expect(difference <= tolerance, "\(testDescription)", sourceLocation: sourceLocation)
  }
}

/// Largest difference relative to the largest value expected; infinite when something is NaN.
func relativeDifference(_ actual: [Float], _ expected: [Double]) -> Double {
  guard actual.count == expected.count else { return .infinity }
  var (difference, largest) = (0.0, Double.leastNormalMagnitude)
  for (a, e) in zip(actual, expected) {
    let distance = abs(Double(a) - e)
    if distance.isNaN { return .infinity }
    difference = max(difference, distance)
    largest = max(largest, abs(e))
  }
  return difference / largest
}

/// The bits, so that a comparison tells −0 from 0 and finds NaN equal to itself.
func bits(_ elements: [Float]) -> [UInt32] { elements.map(\.bitPattern) }
