import Foundation
import TestSupport

/// A .safetensors file to be spoiled in a test.
struct SafetensorsFile {
  struct Tensor {
    var type: String
    var shape: [Int]
    var bytes: Data
  }

  var tensors: [String: Tensor] = [:]

  init(_ url: URL) throws {
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

  func write(to url: URL) throws {
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

  /// Changes a tensor that must be there.
  mutating func change(_ name: String, _ body: (inout Tensor) -> Void) throws {
    guard var tensor = tensors[name] else { throw TestSetupError("there is no tensor \(name)") }
    body(&tensor)
    tensors[name] = tensor
  }
}

extension SafetensorsFile.Tensor {
  /// Keeps the first `count` rows of [rows, …].
  mutating func keepRows(_ count: Int) {
    bytes = bytes.prefix(bytes.count / shape[0] * count)
    shape[0] = count
  }

  /// Keeps the first `count` columns of [rows, columns].
  mutating func keepColumns(_ count: Int) {
    let row = bytes.count / shape[0]
    let kept = row / shape[1] * count
    bytes = (0..<shape[0]).reduce(into: Data()) { $0 += bytes[$1 * row..<$1 * row + kept] }
    shape[1] = count
  }

  /// Has the rows of [rows, …] one after the other so many times.
  mutating func repeatRows(_ times: Int) {
    bytes = (0..<times).reduce(into: Data()) { all, _ in all += bytes }
    shape[0] *= times
  }
}
