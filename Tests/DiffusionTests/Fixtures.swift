import Foundation
import TestSupport

/// Reads the values that scripts/make-fixtures.py had the reference compute.
enum Fixtures {
  static func decode<Value: Decodable>(_ type: Value.Type, from name: String) -> Value {
    do {
      return try JSONDecoder().decode(type, from: Data(contentsOf: url(name)))
    } catch {
      fatalError("\(name): \(error)")
    }
  }

  /// The float32 tensors of a .safetensors file, flat, by name.
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
