import Foundation
import TestSupport

/// A script of cluster/, with the three lines changed that a user changes.
struct ShippedScript {
  /// The changed script.
  let file: URL

  /// - Parameter name: the path in cluster/, such as `slurm/one-node.sh`.
  init(_ name: String, images: [String], folder: URL, in place: URL) throws {
    var text = try String(contentsOf: Self.folder.appending(path: name), encoding: .utf8)
    try Self.replace("program", with: BuiltProgram.url("diffuse-mpi").path, in: &text)
    try Self.replace("images", with: "(\(images.joined(separator: " ")))", in: &text)
    try Self.replace("folder", with: folder.path, in: &text)
    file = place.appending(path: "\(folder.lastPathComponent).sh")
    try text.write(to: file, atomically: true, encoding: .utf8)
  }

  /// The folder of all scripts.
  static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appending(path: "cluster")

  private static func replace(_ name: String, with value: String, in text: inout String) throws {
    var lines = text.components(separatedBy: "\n")
    let places = lines.indices.filter { lines[$0].hasPrefix("\(name)=") }
    guard places.count == 1 else { throw TestSetupError("\(places.count) lines set \(name)") }
    lines[places[0]] = "\(name)=\(value)"
    text = lines.joined(separator: "\n")
  }
}
