import Job
import Output

/// The slices that a folder needs, from the job.json of one of those that it contains. If a merge
/// was interrupted, that of the whole job is used, because a slice may be removed in part.
struct SlicedPlan {
  /// The number of images of the plan.
  let count: Int
  let sliceCount: Int
  /// All slices that have images, in order. The folder may lack some.
  let slices: [(slice: PlanSlice, indices: Range<Int>)]

  /// - Returns: `nil` if the folder contains no slices.
  /// - Throws: a `Failure` if job.json cannot be read.
  init?(folder: String) throws {
    do {
      guard let found = try SliceFolders.all(in: folder).first else { return nil }
      if let whole = JobRecord(readableIn: folder) {
        self.init(whole, of: found.slice.count)
        return
      }
      guard let json = try OutputFolder.readJob(in: found.path)
      else { return nil }
      self.init(try JobRecord(json: json, folder: found.path), of: found.slice.count)
    } catch {
      throw Failure(explaining: error, otherwise: .cannotRead)
    }
  }

  /// - Parameters:
  ///   - record: a job of the plan.
  ///   - sliceCount: the number of slices, from 1 to `PlanSlice.largestCount`.
  init(_ record: JobRecord, of sliceCount: Int) {
    let (count, unit) = (record.plan.count, record.format.sliceUnit)
    self.count = count
    self.sliceCount = sliceCount
    slices = (1...sliceCount).compactMap { number in
      let slice = PlanSlice(number, of: sliceCount)!
      let indices = slice.indices(of: count, unit: unit)
      return indices.isEmpty ? nil : (slice, indices)
    }
  }
}
