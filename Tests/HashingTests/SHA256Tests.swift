import Hashing
import Testing

@Suite("SHA-256")
struct SHA256Tests {
  /// Examples from FIPS 180-2, appendix B, and from NIST.
  static let vectors: [(text: String, times: Int, hash: String)] = [
    ("", 1, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("abc", 1, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1,
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
    ("a", 1_000_000, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"),
  ]

  @Test(arguments: vectors)
  func `the examples of the standard give the expected hashes`(
    _ text: String, _ times: Int, _ hash: String
  ) {
    let message = String(repeating: text, count: times)
    #expect(Array(message.utf8).withUnsafeBytes(SHA256.hexadecimal) == hash)
  }

  @Test(arguments: [1, 7, 63, 64, 65, 200])
  func `hashing in pieces gives the same hash`(length: Int) {
    let bytes = (0..<1000).map { UInt8(truncatingIfNeeded: $0 * 37) }
    var hash = SHA256()
    for start in stride(from: 0, to: bytes.count, by: length) {
      bytes[start..<min(start + length, bytes.count)].withUnsafeBytes { hash.update($0) }
    }
    #expect(hash.hexadecimal == bytes.withUnsafeBytes(SHA256.hexadecimal))
  }
}
