import CCrypto

/// The SHA-256 hash of a sequence of bytes (FIPS 180-4), which may be added in several parts.
package struct SHA256: ~Copyable {
  private let context: OpaquePointer

  package init() {
    precondition(Self.libraryIsReady)
    guard let context = EVP_MD_CTX_new(), EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1 else {
      fatalError("libcrypto has no SHA-256, or memory is exhausted")
    }
    self.context = context
  }

  deinit { EVP_MD_CTX_free(context) }

  /// Returns the hash of `bytes` as 64 hexadecimal digits.
  package static func hexadecimal(_ bytes: UnsafeRawBufferPointer) -> String {
    var hash = SHA256()
    hash.update(bytes)
    return hash.hexadecimal
  }

  /// Appends `bytes` to the sequence.
  package mutating func update(_ bytes: UnsafeRawBufferPointer) {
    precondition(EVP_DigestUpdate(context, bytes.baseAddress, bytes.count) == 1)
  }

  /// Appends the bytes of `number`, least significant first.
  package mutating func update(_ number: some FixedWidthInteger) {
    withUnsafeBytes(of: number.littleEndian) { update($0) }
  }

  /// Appends `text` in UTF-8.
  package mutating func update(_ text: String) {
    Array(text.utf8).withUnsafeBytes { update($0) }
  }

  /// The hash of the sequence so far, as 64 hexadecimal digits.
  package var hexadecimal: String {
    // EVP_DigestFinal_ex ends the sequence, so it is called on a copy.
    let ended = SHA256()
    precondition(EVP_MD_CTX_copy_ex(ended.context, context) == 1)
    var bytes = [UInt8](repeating: 0, count: 32)
    precondition(EVP_DigestFinal_ex(ended.context, &bytes, nil) == 1)
    return bytes.map { byte in
      (byte < 0x10 ? "0" : "") + String(byte, radix: 16)
    }.joined()
  }

  private static let libraryIsReady = OPENSSL_init_crypto(dmpi_crypto_options(), nil) == 1
}
