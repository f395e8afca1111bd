/// Names of the files of a shard.
enum ShardName {
  /// `000000.tar`.
  static func published(_ shard: Int) -> String { ImageRecord.stem(index: shard) + ".tar" }

  /// Of the log that it is gathered in.
  static func log(_ shard: Int) -> String { ".\(published(shard)).partial" }

  /// Of the sorted copy until it is whole.
  static func copy(_ shard: Int) -> String { ".\(published(shard)).whole.partial" }

  static func shard(ofPublished name: String) -> Int? {
    name.hasSuffix(".tar") ? ImageRecord.index(ofStem: name.utf8.dropLast(4)) : nil
  }

  static func shard(ofLog name: String) -> Int? {
    guard name.hasPrefix("."), name.hasSuffix(".partial") else { return nil }
    return shard(ofPublished: String(name.dropFirst().dropLast(".partial".count)))
  }
}
