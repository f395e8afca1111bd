import Compute
import Testing

/// One operation at one size, with the result of the plain loops for the same inputs.
struct OperationCase: Sendable, CustomTestStringConvertible {
  typealias Build = @Sendable (Experiment) throws -> Built

  struct Built {
    let output: Value
    let expected: () -> ReferenceTensor
  }

  let name: String
  let type: ElementType
  let batch: Int
  /// The largest allowed difference, relative to the largest expected value.
  let tolerance: Double
  let build: Build

  /// The default tolerance is a few accumulated units in f32's last place, or one unit in bf16's.
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

/// Returns the largest difference relative to the largest expected value. Infinite if there is a
/// NaN.
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

/// Returns the bits of floats. In contrast to a comparison of floats, −0 differs from 0, and NaN
/// equals itself.
func bits(_ elements: [Float]) -> [UInt32] { elements.map(\.bitPattern) }
