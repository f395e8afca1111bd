import Job
import Messaging
import Testing

@Suite struct MessageTests {
  private func read(_ tag: Int32, _ bytes: [UInt8]) throws -> Message {
    try bytes.withUnsafeBytes { try Message(tag: tag, bytes: $0) }
  }

  private static func illustrated(_ image: FinishedImage) -> FinishedImage {
    var image = image
    image.trajectory = [9, 0, 255]
    image.base = [7, 1]
    return image
  }

  @Test(arguments: [
    Message.ask, .interrupted(.drain), .interrupted(.wrapUp), .interrupted(.stop), .goodbye,
    .note("größer"), .alive,
    .beat(Beat(report: nil, activity: Activity())),
    .beat(
      Beat(
        report: StepReport(step: 3, of: 250),
        activity: Activity(network: 1e9, waiting: 0.25, writing: .leastNonzeroMagnitude))),
    .finished(FinishedImage(index: 0, png: [])),
    .finished(FinishedImage(index: 4_294_967_295, png: [0, 255, 137, 80])),
    .finished(FinishedImage(index: 3, content: .written(partial: "images/.größer"))),
    .finished(illustrated(FinishedImage(index: 3, png: [1, 2]))),
    .finished(illustrated(FinishedImage(index: 3, content: .written(partial: "images/.a")))),
    .failed(Failure("größer: no such file", status: .cannotRead)),
    .grant([]),
    .grant([
      ImageRequest(index: 7, label: nil, seed: .max),
      ImageRequest(index: 8, label: 999, seed: 0),
    ]),
    .stop(.success), .stop(.incomplete), .warning("größer"),
    .givenUp(index: 4_294_967_295, reason: "größer"),
    .weights(.wanted(file: "a.weights", offset: 1 << 40, byteCount: 1 << 20)),
    .weights(
      .piece(
        file: "größer", offset: 7, fileSize: 1 << 33, checksum: .max - 1, bytes: [0, 255, 1])),
    .weights(.later(file: "")), .weights(.never(file: "a.weights")),
  ])
  func `a message arrives as it was sent`(message: Message) throws {
    let (tag, head, body) = message.wire
    #expect(try read(tag, head + body) == message)
  }

  @Test
  func `the bytes of an image are sent unchanged`() {
    #expect(Message.finished(FinishedImage(index: 0, png: [1, 2, 3])).wire.body == [1, 2, 3])
  }

  @Test(
    arguments: [
      (Int32(0), [UInt8]()), (99, []), (1, [0]), (2, [1, 2, 3]), (3, [1]), (4, [1, 2, 3]),
      (4, [99, 0, 0, 0, 65]), (5, []), (5, [0]), (7, [UInt8](repeating: 0, count: 21)), (8, []),
      (8, [1, 0, 0, 0]), (3, [0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0]),
      (3, [0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255]), (12, [1, 2, 3]),
      (13, [0]), (14, []), (14, [1]), (14, [1, 200, 65]), (14, [1, 0, 1, 2, 3]),
      (14, [2, 1, 65, 0]),
      (14, [3, 0, 1]), (14, [9, 0]),
    ] as [(Int32, [UInt8])])
  func `bytes that are not a message are refused with the tag`(tag: Int32, bytes: [UInt8]) {
    let error = #expect(throws: MessageError.self) { try read(tag, bytes) }
    #expect(error?.description.contains("tag \(tag)") == true)
  }
}
