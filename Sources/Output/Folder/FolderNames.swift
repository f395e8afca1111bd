import Files

/// The names that jobs use in their output folders.
enum FolderNames {
  static let job = "job.json"
  static let contactSheet = "contact-sheet.png"
  static let timeline = "timeline.svg"
  static let entries = "labels.csv"
  static let page = "index.html"

  /// The folders of images and of shards.
  static let results = ["images", "shards"]

  /// Files that jobs write to the output folder itself only if images are in shards.
  static let besidesShards: Set<String> = [MetadataFile.name, ShardIndex.name]

  private static let top: Set<String> = [
    job, contactSheet, timeline, entries, page, StatusFile.name, MetadataFile.name,
    ShardIndex.name, ClassRenaming.name,
  ]

  /// Returns whether a job may create a file with this name in the output folder itself,
  /// permanently or temporarily.
  static func isTop(_ name: String) -> Bool {
    isFinalTop(name) || isTemporaryTop(name)
  }

  static func isTemporaryTop(_ name: String) -> Bool {
    TemporaryName.matches(name, where: isFinalTop)
  }

  private static func isFinalTop(_ name: String) -> Bool {
    top.contains(name) || SamplesFile.size(ofName: name) != nil || isTrajectory(name)
  }

  private static let trajectoryStart = "trajectory-"

  /// Returns the name of the picture of an image's trajectory, such as `trajectory-000012.png`.
  static func trajectory(index: Int) -> String {
    trajectoryStart + ImageRecord.fileName(index: index)
  }

  static func isTrajectory(_ name: String) -> Bool {
    name.hasPrefix(trajectoryStart)
      && ImageRecord.index(ofFile: String(name.dropFirst(trajectoryStart.count))) != nil
  }

  /// Returns whether a job may create a file with this name in `images/`, in its subfolders, or in
  /// `shards/`.
  static func isResult(_ name: String) -> Bool {
    isImageOrShard(name) || name == MetadataFile.name || name == ShardIndex.oldName
  }

  /// Returns whether this is the name of an image, a shard, or the log of a shard.
  static func isImageOrShard(_ name: String) -> Bool {
    ImageRecord.index(ofFile: name) != nil || ShardName.shard(ofPublished: name) != nil
      || ShardName.shard(ofLog: name) != nil
  }

  static func isTemporaryResult(_ name: String) -> Bool {
    TemporaryName.matches(name, where: isResult)
  }
}
