import Foundation
import Job

/// Bytes that are not a message of this program, for example because ranks run different versions
/// of it.
package struct MessageError: Error, Sendable, Equatable, CustomStringConvertible {
  let tag: Int32
  let byteCount: Int

  package var description: String {
    "a message with tag \(tag) and \(byteCount) bytes makes no sense here; "
      + "start the same version of the program on every rank"
  }
}

/// The encoding of messages: the case as MPI's tag, then little-endian integers, and the bytes of
/// images without changes.
extension Message {
  private enum Tag: Int32 {
    case ask = 1
    case beat, finished, failed, interrupted, goodbye, grant, stop, note, written, warning, givenUp
    case alive, weights
  }

  private static let requestSize = 20
  private static let beatSize = 40

  /// The tag and the bytes to send: `head`, then `body`. `body` is not copied.
  package var wire: (tag: Int32, head: [UInt8], body: [UInt8]) {
    let (tag, head, body): (Tag, [UInt8], [UInt8]) =
      switch self {
      case .note(let text): (.note, [], Array(text.utf8))
      case .ask: (.ask, [], [])
      case .beat(let beat): (.beat, Self.bytes(beat), [])
      case .alive: (.alive, [], [])
      case .finished(let image):
        switch image.content {
        case .png(let file): (.finished, Self.head(image), file)
        case .written(let partial): (.written, Self.head(image), Array(partial.utf8))
        }
      case .failed(let failure):
        (.failed, failure.status.rawValue.littleEndianBytes, Array(failure.message.utf8))
      case .interrupted(let interrupt): (.interrupted, [interrupt.rawValue], [])
      case .goodbye: (.goodbye, [], [])
      case .grant(let requests): (.grant, requests.flatMap(Self.bytes), [])
      case .stop(let status): (.stop, status.rawValue.littleEndianBytes, [])
      case .warning(let text): (.warning, [], Array(text.utf8))
      case .givenUp(let index, let reason):
        (.givenUp, index.littleEndianBytes, Array(reason.utf8))
      case .weights(let weights): (.weights, weights.head, weights.body)
      }
    return (tag.rawValue, head, body)
  }

  /// Decodes a message that `wire` encoded.
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
    case .alive where bytes.isEmpty: return .alive
    case .interrupted where bytes.count == 1:
      return Interrupt(rawValue: bytes[0]).map(Message.interrupted)
    case .goodbye where bytes.isEmpty: return .goodbye
    case .beat where bytes.count == beatSize: return .beat(beat(bytes))
    case .finished: return image(bytes) { .png(Array($0)) }
    case .written: return image(bytes) { .written(partial: String(decoding: $0, as: UTF8.self)) }
    case .failed where bytes.count >= 4:
      guard let status = status(bytes[..<4]) else { return nil }
      return .failed(Failure(String(decoding: bytes[4...], as: UTF8.self), status: status))
    case .stop where bytes.count == 4:
      return status(bytes[...]).map(Message.stop)
    case .grant where bytes.count % requestSize == 0:
      let starts = stride(from: 0, to: bytes.count, by: requestSize)
      return .grant(starts.map { request(bytes[$0..<($0 + requestSize)]) })
    case .warning: return .warning(String(decoding: bytes, as: UTF8.self))
    case .givenUp where bytes.count >= 8:
      let index = Int(littleEndianBytes: bytes[..<8])
      return .givenUp(index: index, reason: String(decoding: bytes[8...], as: UTF8.self))
    case .weights: return WeightsMessage(bytes).map(Message.weights)
    default: return nil
    }
  }

  /// The index of an image, the sizes of its trajectory and of its base image, and these files.
  private static func head(_ image: FinishedImage) -> [UInt8] {
    let (trajectory, base) = (image.trajectory ?? [], image.base ?? [])
    return image.index.littleEndianBytes + trajectory.count.littleEndianBytes
      + base.count.littleEndianBytes + trajectory + base
  }

  private static func image(
    _ bytes: UnsafeRawBufferPointer,
    content: (Slice<UnsafeRawBufferPointer>) -> FinishedImage.Content
  ) -> Message? {
    guard bytes.count >= 24 else { return nil }
    var rest = bytes[24...]
    /// Returns the file whose size is at `offset`.
    func file(_ offset: Int) -> [UInt8]?? {
      let size = Int(littleEndianBytes: bytes[offset..<offset + 8])
      guard (0...rest.count).contains(size) else { return nil }
      defer { rest = rest.dropFirst(size) }
      return .some(size > 0 ? Array(rest.prefix(size)) : nil)
    }
    guard let trajectory = file(8), let base = file(16) else { return nil }
    var image = FinishedImage(index: Int(littleEndianBytes: bytes[..<8]), content: content(rest))
    (image.trajectory, image.base) = (trajectory, base)
    return .finished(image)
  }

  private static func status(_ bytes: Slice<UnsafeRawBufferPointer>) -> ExitStatus? {
    ExitStatus(rawValue: Int32(littleEndianBytes: bytes))
  }

  /// The number of steps done, the number of all steps (0 if there is no batch), and the seconds of
  /// `Activity`: 8 bytes each.
  private static func bytes(_ beat: Beat) -> [UInt8] {
    let (report, activity) = (beat.report ?? StepReport(step: 0, of: 0), beat.activity)
    let seconds = [activity.network, activity.waiting, activity.writing]
    return report.step.littleEndianBytes + report.steps.littleEndianBytes
      + seconds.flatMap(\.bitPattern.littleEndianBytes)
  }

  private static func beat(_ bytes: UnsafeRawBufferPointer) -> Beat {
    let words = stride(from: 0, to: beatSize, by: 8).map {
      UInt64(littleEndianBytes: bytes[$0..<($0 + 8)])
    }
    let (step, steps) = (Int(truncatingIfNeeded: words[0]), Int(truncatingIfNeeded: words[1]))
    return Beat(
      report: steps > 0 ? StepReport(step: step, of: steps) : nil,
      activity: Activity(
        network: Double(bitPattern: words[2]), waiting: Double(bitPattern: words[3]),
        writing: Double(bitPattern: words[4])))
  }

  /// Index, label (-1 for no label) and seed: 8, 8 and 4 bytes.
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
