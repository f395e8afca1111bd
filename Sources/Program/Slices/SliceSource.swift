import Job
import Output

/// A slice that will be merged.
struct SliceSource {
  let slice: PlanSlice
  /// The folder of the slice.
  let path: String
  /// The job of the slice.
  let record: JobRecord

  /// Returns the slices in folders: those in `slices/`, and folders that are slices themselves.
  ///
  /// - Parameter knownPlan: the plan of the job, if it is known. A merge that was killed while it
  ///   removed a slice may have removed the slice's labels and seeds.
  /// - Throws: a `Failure` if a folder contains no slice, if slices do not belong to the same job,
  ///   or if a slice is there twice.
  static func all(in folders: [String], knownPlan: ImagePlan?) throws -> [SliceSource] {
    var sources: [SliceSource] = []
    for folder in folders {
      let found = try paths(in: folder, knownPlan)
      guard !found.isEmpty else {
        throw Failure(
          "there are no slices in \(folder): give the folder that the --out of the slices names",
          status: .cannotRead)
      }
      for path in found { sources.append(try source(path, first: sources.first, knownPlan)) }
    }
    sources.sort { $0.slice.number < $1.slice.number }
    for (one, next) in zip(sources, sources.dropFirst()) where one.slice == next.slice {
      throw Failure(
        "\(one.path) and \(next.path) are the same slice, \(one.slice.text); leave one out",
        status: .usage)
    }
    return sources
  }

  private static func paths(in folder: String, _ plan: ImagePlan?) throws -> [String] {
    if let json = try OutputFolder.readJob(in: folder),
      try JobRecord(json: json, folder: folder, knownPlan: plan).slice != nil
    {
      return [folder]
    }
    return try SliceFolders.all(in: folder).map(\.path)
  }

  private static func source(
    _ path: String, first: SliceSource?, _ plan: ImagePlan?
  ) throws -> SliceSource {
    guard let json = try OutputFolder.readJob(in: path) else {
      throw Failure("there is no \(path)/job.json", status: .cannotRead)
    }
    let record = try JobRecord(json: json, folder: path, knownPlan: plan ?? first?.record.plan)
    guard let slice = record.slice else {
      throw Failure("\(path) holds a whole job, not a slice", status: .usage)
    }
    if let first {
      let differences = SettingsComparison(ofSlices: record, first.record).differences
      guard differences.isEmpty else {
        throw Failure(
          "\(path) does not belong to the same job as \(first.path): "
            + differences.joined(separator: "; "), status: .usage)
      }
    }
    return SliceSource(slice: slice, path: path, record: record)
  }

  /// The images of the slice that exist and are complete.
  func images() throws -> IndexBitmap {
    try ExistingImages(in: path, catalog: record.catalog).images
  }
}
