import Foundation

/// The part of a launcher that serves the ranks on its host.
enum PMIxServer {
  /// Returns whether the server that an environment names has ended. A terminal multiplexer, for
  /// example, keeps the variables of the job in which it was started.
  ///
  /// In a container the server's folder may be invisible although the server is running, so its
  /// port is tried too.
  static func isGone(_ variables: [String: String]) -> Bool {
    guard let folder = variables["PMIX_SERVER_TMPDIR"], access(folder, F_OK) != 0, errno == ENOENT,
      let uri = variables.first(where: { $0.key.hasPrefix("PMIX_SERVER_URI") })?.value,
      let address = address(uri)
    else { return false }
    return isRefused(address)
  }

  /// The address in a URI such as `1528954880.0;tcp4://127.0.0.1:55897`.
  private static func address(_ uri: String) -> sockaddr_in? {
    guard let place = uri.range(of: "tcp4://") else { return nil }
    let parts = uri[place.upperBound...].split(separator: ":")
    var address = sockaddr_in()
    guard parts.count == 2, let port = UInt16(parts[1]),
      inet_pton(AF_INET, String(parts[0]), &address.sin_addr) == 1
    else { return nil }
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    return address
  }

  private static func isRefused(_ address: sockaddr_in) -> Bool {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    var address = address
    let code = withUnsafeBytes(of: &address) {
      connect(
        descriptor, $0.assumingMemoryBound(to: sockaddr.self).baseAddress!, socklen_t($0.count))
    }
    return code != 0 && errno == ECONNREFUSED
  }
}
