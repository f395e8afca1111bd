import Foundation

/// The packed weights of a cache, grouped by model. `cache` shows them, and `cache rm` removes
/// them.
package struct CacheListing {
  /// The packed weights of one checkpoint.
  package struct Model: Equatable, Sendable {
    /// The name of the bundled model that the checkpoint belongs to.
    package let bundledName: String?
    /// The path of the checkpoint when it was last packed, or its name if the path is not known.
    package let path: String
    /// The SHA-256 of the checkpoint, followed by the key of the weights in it if there are
    /// several.
    package let checkpoint: String
    /// The most recently used entry comes first.
    package let entries: [CacheFolder.Entry]

    package var byteCount: Int { entries.reduce(0) { $0 + $1.byteCount } }

    package var sha256: String { String(checkpoint.prefix { $0 != " " }) }
    /// The key of the weights in the checkpoint, if it holds several.
    package var weightsKey: String? {
      checkpoint.contains(" ") ? String(checkpoint.dropFirst(sha256.count + 1)) : nil
    }

    package var title: String {
      guard let bundledName else { return path + (weightsKey.map { " \($0)" } ?? "") }
      return "\(bundledName) (bundled), \(URL(fileURLWithPath: path).lastPathComponent)"
    }
  }

  /// The models, sorted by title.
  package let models: [Model]
  /// Files of packed weights that are incomplete or cannot be read.
  package let others: [CacheFolder.Entry]

  /// The number of hash digits that are enough to refer to a checkpoint.
  private static let shortestHash = 6

  /// - Parameter bundled: the names of bundled models by the hashes of their checkpoints.
  package init(_ entries: [CacheFolder.Entry], bundled: [String: String] = [:]) {
    let byCheckpoint = Dictionary(
      grouping: entries.filter { $0.weights != nil }, by: { $0.weights!.key.checkpoint })
    models = byCheckpoint.map { checkpoint, entries in
      let sorted = entries.sorted { ($1.lastUsed, $0.name) < ($0.lastUsed, $1.name) }
      let contents = sorted.compactMap(\.weights)
      return Model(
        bundledName: bundled[checkpoint],
        path: contents.lazy.compactMap(\.path).first ?? contents[0].title,
        checkpoint: checkpoint, entries: sorted)
    }.sorted { ($0.title, $0.checkpoint) < ($1.title, $1.checkpoint) }
    others = entries.filter {
      $0.weights == nil && ($0.name.hasSuffix(".weights") || $0.name.hasSuffix(".partial"))
    }
  }

  package var byteCount: Int {
    models.reduce(0) { $0 + $1.byteCount } + others.reduce(0) { $0 + $1.byteCount }
  }

  /// Returns the models that `text` refers to: by the name of a bundled model, by the path of a
  /// checkpoint or the end of it, by a file name without its extension, or by the beginning of a
  /// hash.
  package func models(named text: String) -> [Model] {
    models.filter { model in
      model.bundledName == text || Self.names(of: model.path).contains(text)
        || model.path == URL(fileURLWithPath: text).path
        || (text.count >= Self.shortestHash && model.checkpoint.hasPrefix(text.lowercased()))
    }
  }

  /// Returns the names of a path. For example, `/a/net.pt` is also `a/net.pt`, `net.pt` and `net`.
  private static func names(of path: String) -> [String] {
    let parts = path.split(separator: "/")
    let ends = parts.indices.map { parts[$0...].joined(separator: "/") }
    let stem = URL(fileURLWithPath: path).deletingPathExtension().lastPathComponent
    return [path, stem] + ends
  }
}
