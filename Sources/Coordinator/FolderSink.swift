import Job
import Output

/// Writes a job's images into its output folder, with their metadata and, at the end, the contact
/// sheet.
package final class FolderSink: ImageSink {
  private let folder: OutputFolder
  private let plan: ImagePlan
  private let classNames: [String]?
  private let writeJob: (OutputFolder) throws -> Void
  private var metadata: MetadataFile?

  /// - Parameters:
  ///   - classNames: by label, where they are known.
  ///   - writeJob: writes job.json; called before the first image.
  package init(
    folder: OutputFolder, plan: ImagePlan, classNames: [String]?,
    writeJob: @escaping (OutputFolder) throws -> Void
  ) {
    self.folder = folder
    self.plan = plan
    self.classNames = classNames
    self.writeJob = writeJob
  }

  package func write(_ image: FinishedImage) throws {
    // The folder counts as used only once there is an image: a job that fails while it starts can
    // be run again.
    if metadata == nil {
      metadata = try MetadataFile(folder: folder)
      try writeJob(folder)
    }
    let request = plan[image.index]
    try folder.writeImage(image.png, index: image.index)
    try metadata!.append(
      ImageRecord(
        index: image.index, label: request.label, className: className(request.label),
        seed: request.seed))
  }

  package func finish() throws {
    try metadata?.finish()
    try ContactSheet.write(folder: folder, records: metadata?.records ?? [])
  }

  private func className(_ label: Int?) -> String? {
    guard let label, let classNames, classNames.indices.contains(label) else { return nil }
    return classNames[label]
  }
}
