import Foundation

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
    struct Entry: Decodable {
      let offsets: [Int]
      enum CodingKeys: String, CodingKey { case offsets = "data_offsets" }
    }
    do {
      let file = try Data(contentsOf: url(name))
      let headerEnd = 8 + file.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
      let header = try JSONDecoder().decode([String: Entry].self, from: file[8..<headerEnd])
      return header.mapValues { entry in
        let bytes = file[headerEnd + entry.offsets[0]..<headerEnd + entry.offsets[1]]
        return [Float](unsafeUninitializedCapacity: bytes.count / 4) { floats, count in
          count = bytes.copyBytes(to: floats) / 4
        }
      }
    } catch {
      fatalError("\(name): \(error)")
    }
  }

  private static func url(_ name: String) -> URL {
    Bundle.module.bundleURL.appendingPathComponent("Fixtures/\(name)")
  }
}
