import Checkpoint
import Foundation
import TestSupport
import Testing

/// The files written by scripts/make-checkpoint-fixtures.py, and their contents according to
/// PyTorch.
enum Fixtures {
  struct File: Decodable {
    let container: CheckpointContainer
    let sha256: String
    let stateDictionaryKey: String?
    let metadata: [String: String]
    let tensors: [Tensor]
  }

  struct Tensor: Decodable {
    let name: String
    let scalarType: ScalarType
    let shape: [Int]
    /// The elements in row-major order, converted to 32-bit floats by PyTorch.
    let bits: [UInt32]
  }

  static let expected: [String: File] = {
    let data = FileManager.default.contents(atPath: path("expected.json"))!
    return try! JSONDecoder().decode([String: File].self, from: data)
  }()

  static let names = expected.keys.sorted()

  static func path(_ name: String) -> String {
    Bundle.module.resourceURL!.appendingPathComponent("Fixtures/\(name)").path
  }

  static func bytes(_ name: String) -> [UInt8] {
    [UInt8](FileManager.default.contents(atPath: path(name))!)
  }
}

/// Opens a file with these bytes, and reads every tensor in it.
@discardableResult
func open(
  _ bytes: [UInt8], named name: String = "file.pt"
) throws -> [String: [Float]] {
  let folder = try TemporaryFolder()
  let file = folder.url.appending(path: name)
  try Data(bytes).write(to: file)
  return try CheckpointFile.open(file.path).tensors.mapValues { try $0.tensor().elements }
}

/// Returns the message that refuses a file with these bytes as bad data, or `nil` if it is read.
func refusal(_ bytes: [UInt8], named name: String = "file.pt") throws -> String? {
  do {
    try open(bytes, named: name)
    return nil
  } catch let error as CheckpointError {
    guard case .badData(let path, _, _) = error else { throw error }
    #expect(path.hasSuffix(name))
    #expect(error.description.contains(name))
    return error.description
  }
}

/// Returns whether the bit patterns of two floats are equal. All NaNs are considered equal.
func same(_ a: Float, _ b: Float) -> Bool {
  a.bitPattern == b.bitPattern || (a.isNaN && b.isNaN)
}

extension FixedWidthInteger {
  var littleEndianBytes: [UInt8] { withUnsafeBytes(of: littleEndian) { Array($0) } }
}

/// A file that must be refused as bad data, and a part of the error message.
struct RefusedFile: Sendable, CustomTestStringConvertible {
  let bytes: [UInt8]
  let clue: String
  let name: String

  init(_ bytes: [UInt8], _ clue: String, named name: String = "file.pt") {
    self.bytes = bytes
    self.clue = clue
    self.name = name
  }

  /// Replaces the description that would list all bytes.
  var testDescription: String { "\(bytes.count) bytes: \(clue)" }

  func expectRefusal() throws {
    let message = try #require(try refusal(bytes, named: name), "read without an error")
    #expect(message.contains(clue), "\(message.prefix(300))")
  }
}
