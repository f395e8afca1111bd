import Foundation

/// A .safetensors file that tests read, change and write.
package struct SafetensorsFile {
  package struct Tensor {
    package var type: String
    package var shape: [Int]
    package var bytes: Data

    package init(type: String, shape: [Int], bytes: Data) {
      self.type = type
      self.shape = shape
      self.bytes = bytes
    }
  }

  package var tensors: [String: Tensor]

  package init(tensors: [String: Tensor] = [:]) { self.tensors = tensors }

  package init(_ url: URL) throws {
    tensors = [:]
    let file = try Data(contentsOf: url)
    let length = file.prefix(8).enumerated().reduce(0) { $0 | Int($1.element) << (8 * $1.offset) }
    let header = try JSONSerialization.jsonObject(with: file[8..<8 + length])
    for case (let name, let entry as [String: Any]) in header as? [String: Any] ?? [:] {
      guard let type = entry["dtype"] as? String, let shape = entry["shape"] as? [Int],
        let place = entry["data_offsets"] as? [Int]
      else { continue }
      let start = 8 + length
      tensors[name] = Tensor(
        type: type, shape: shape, bytes: Data(file[start + place[0]..<start + place[1]]))
    }
  }

  package func write(to url: URL) throws {
    var header: [String: Any] = [:]
    var body = Data()
    for (name, tensor) in tensors.sorted(by: { $0.key < $1.key }) {
      header[name] = [
        "dtype": tensor.type, "shape": tensor.shape,
        "data_offsets": [body.count, body.count + tensor.bytes.count],
      ]
      body += tensor.bytes
    }
    let text = try JSONSerialization.data(withJSONObject: header)
    let length = Data((0..<8).map { UInt8(truncatingIfNeeded: text.count >> (8 * $0)) })
    try (length + text + body).write(to: url)
  }

  /// Changes a tensor, which must exist.
  package mutating func change(_ name: String, _ body: (inout Tensor) -> Void) throws {
    guard var tensor = tensors[name] else { throw TestSetupError("there is no tensor \(name)") }
    body(&tensor)
    tensors[name] = tensor
  }
}

extension SafetensorsFile.Tensor {
  package init(f32 values: [Float], shape: [Int]) {
    self.init(type: "F32", shape: shape, bytes: values.withUnsafeBytes { Data($0) })
  }

  /// The elements of a tensor in single or half precision, as floats.
  package var floats: [Float] {
    bytes.withUnsafeBytes { bytes in
      type == "F16"
        ? bytes.bindMemory(to: UInt16.self).map { Float(Float16(bitPattern: $0)) }
        : Array(bytes.bindMemory(to: Float.self))
    }
  }

  /// Keeps the first `count` rows of [rows, …].
  package mutating func keepRows(_ count: Int) {
    bytes = bytes.prefix(bytes.count / shape[0] * count)
    shape[0] = count
  }

  /// Keeps the first `count` columns of [rows, columns].
  package mutating func keepColumns(_ count: Int) {
    let row = bytes.count / shape[0]
    let kept = row / shape[1] * count
    bytes = (0..<shape[0]).reduce(into: Data()) { $0 += bytes[$1 * row..<$1 * row + kept] }
    shape[1] = count
  }

  /// Repeats the rows of [rows, …] `times` times.
  package mutating func repeatRows(_ times: Int) {
    bytes = (0..<times).reduce(into: Data()) { all, _ in all += bytes }
    shape[0] *= times
  }
}
