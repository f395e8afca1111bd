import Foundation
import Job

/// Bytes that are no message of this program's, as when ranks run different versions of it.
package struct MessageError: Error, Sendable, Equatable, CustomStringConvertible {
  let tag: Int32
  let byteCount: Int

  package var description: String {
    "a message with tag \(tag) and \(byteCount) bytes makes no sense here; "
      + "start the same version of the program on every rank"
  }
}

/// The form of messages on the wire: the case as MPI's tag, then little-endian integers, and an
/// image's bytes as they are.
extension Message {
  private enum Tag: Int32 {
    case ask = 1
    case step, finished, failed, interrupted, goodbye, grant, stop, note
  }

  private static let requestSize = 20

  /// The tag and the bytes to send: `head`, then `body`, which is never copied here.
  package var wire: (tag: Int32, head: [UInt8], body: [UInt8]) {
    let (tag, head, body): (Tag, [UInt8], [UInt8]) =
      switch self {
      case .note(let text): (.note, [], Array(text.utf8))
      case .ask: (.ask, [], [])
      case .step(let report):
        (.step, report.step.littleEndianBytes + report.steps.littleEndianBytes, [])
      case .finished(let image): (.finished, image.index.littleEndianBytes, image.png)
      case .failed(let failure):
        (.failed, failure.status.rawValue.littleEndianBytes, Array(failure.message.utf8))
      case .interrupted: (.interrupted, [], [])
      case .goodbye: (.goodbye, [], [])
      case .grant(let requests): (.grant, requests.flatMap(Self.bytes), [])
      case .stop(let status): (.stop, status.rawValue.littleEndianBytes, [])
      }
    return (tag.rawValue, head, body)
  }

  /// Reads what `wire` wrote.
  package init(tag: Int32, bytes: UnsafeRawBufferPointer) throws(MessageError) {
    guard let message = Self.message(tag: tag, bytes: bytes) else {
      throw MessageError(tag: tag, byteCount: bytes.count)
    }
    self = message
  }

  private static func message(tag: Int32, bytes: UnsafeRawBufferPointer) -> Message? {
    switch Tag(rawValue: tag) {
    case .note: return .note(String(decoding: bytes, as: UTF8.self))
    case .ask where bytes.isEmpty: return .ask
    case .interrupted where bytes.isEmpty: return .interrupted
    case .goodbye where bytes.isEmpty: return .goodbye
    case .step where bytes.count == 16:
      let step = Int(littleEndianBytes: bytes[..<8])
      return .step(StepReport(step: step, of: Int(littleEndianBytes: bytes[8...])))
    case .finished where bytes.count >= 8:
      let index = Int(littleEndianBytes: bytes[..<8])
      return .finished(FinishedImage(index: index, png: Array(bytes[8...])))
    case .failed where bytes.count >= 4:
      guard let status = status(bytes[..<4]) else { return nil }
      return .failed(Failure(String(decoding: bytes[4...], as: UTF8.self), status: status))
    case .stop where bytes.count == 4:
      return status(bytes[...]).map(Message.stop)
    case .grant where bytes.count % requestSize == 0:
      let starts = stride(from: 0, to: bytes.count, by: requestSize)
      return .grant(starts.map { request(bytes[$0..<($0 + requestSize)]) })
    default: return nil
    }
  }

  private static func status(_ bytes: Slice<UnsafeRawBufferPointer>) -> ExitStatus? {
    ExitStatus(rawValue: Int32(littleEndianBytes: bytes))
  }

  /// Index, label (-1 for none) and seed: 8, 8 and 4 bytes.
  private static func bytes(_ request: ImageRequest) -> [UInt8] {
    request.index.littleEndianBytes + (request.label ?? -1).littleEndianBytes
      + request.seed.littleEndianBytes
  }

  private static func request(_ bytes: Slice<UnsafeRawBufferPointer>) -> ImageRequest {
    let start = bytes.startIndex
    let label = Int(littleEndianBytes: bytes[(start + 8)..<(start + 16)])
    return ImageRequest(
      index: Int(littleEndianBytes: bytes[start..<(start + 8)]),
      label: label < 0 ? nil : label,
      seed: UInt32(littleEndianBytes: bytes[(start + 16)...]))
  }
}
