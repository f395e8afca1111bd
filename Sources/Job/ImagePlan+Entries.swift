import Foundation

extension ImagePlan {
  /// Writes label and seed of every image as CSV, a line each, in the memory of a few lines:
  /// `init(reading:)` makes a plan with the same hash of it.
  ///
  /// The file appears whole or not at all.
  ///
  /// - Precondition: the images have labels.
  /// - Throws: a failure with `cannotWrite` that names the file.
  package func writeEntries(to path: String) throws(Failure) {
    let partial = path + ".partial"
    do {
      try Data().write(to: URL(filePath: partial))
      let file = try FileHandle(forWritingTo: URL(filePath: partial))
      var text = "label,seed\n"
      for index in 0..<count {
        let request = self[index]
        guard let label = request.label else { preconditionFailure("a plan without labels") }
        text += "\(label),\(request.seed)\n"
        if text.utf8.count > 1 << 20 || index == count - 1 {
          try file.write(contentsOf: Data(text.utf8))
          text.removeAll(keepingCapacity: true)
        }
      }
      try file.synchronize()
      try file.close()
      guard rename(partial, path) == 0 else { throw POSIXError(.init(rawValue: errno) ?? .EIO) }
    } catch {
      unlink(partial)
      let code =
        (error as? POSIXError)?.code.rawValue
        ?? ((error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError).map { Int32($0.code) }
      let reason = code.map { String(cString: strerror($0)) } ?? error.localizedDescription
      throw Failure("cannot write \(path): \(reason)", status: .cannotWrite)
    }
  }
}
