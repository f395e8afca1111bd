import Foundation
import TestSupport

/// Reads the values that the reference computed for scripts/make-fixtures.py.
enum Fixtures {
  static func decode<Value: Decodable>(_ type: Value.Type, from name: String) -> Value {
    do {
      return try JSONDecoder().decode(type, from: Data(contentsOf: url(name)))
    } catch {
      fatalError("\(name): \(error)")
    }
  }

  /// Returns the float32 tensors of a .safetensors file by name, without their shapes.
  static func tensors(from name: String) -> [String: [Float]] {
    do {
      return try SafetensorsFile(url(name)).tensors.mapValues(\.floats)
    } catch {
      fatalError("\(name): \(error)")
    }
  }

  private static func url(_ name: String) -> URL {
    Bundle.module.bundleURL.appendingPathComponent("Fixtures/\(name)")
  }
}
