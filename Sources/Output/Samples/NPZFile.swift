import Checkpoint

/// A `.npz` file of numpy, mapped into memory, whose arrays are not compressed.
struct NPZFile {
  let file: MappedFile
  private let archive: ZipArchive

  /// The largest number of images or latents, so that a small file without contents takes no large
  /// memory.
  private static let largestCount = 50_000_000
  private static let ending = ".npy"

  /// - Throws: `SampleError`.
  init(_ path: String) throws {
    file = try SampleError.checked { () throws(CheckpointError) in try MappedFile(path) }
    guard file.isArchive else {
      throw SampleError.badData(
        path: path, reason: "is not an .npz file; give an .npz file or a folder of images")
    }
    archive = try SampleError.checked { [file] () throws(CheckpointError) in try ZipArchive(file) }
  }

  /// The names of the arrays, in the order in which they are stored.
  var names: [String] {
    archive.names.filter { $0.hasSuffix(Self.ending) }.map {
      String($0.dropLast(Self.ending.count))
    }
  }

  /// Returns an array, or `nil` if the file does not have it.
  ///
  /// - Throws: `SampleError`.
  func array(_ name: String) throws -> NPYArray? {
    let member = name + Self.ending
    guard !archive.isCompressed(member) else {
      throw SampleError.badData(
        path: file.path,
        reason: "\(name) is compressed; save the arrays again with numpy.savez instead of "
          + "savez_compressed")
    }
    guard
      let bounds = try SampleError.checked({ () throws(CheckpointError) in
        try archive.bytes(of: member)
      })
    else { return nil }
    do throws(NPYArray.Fault) {
      return try NPYArray(file, bounds)
    } catch {
      throw SampleError(error, in: file.path, name)
    }
  }

  /// Returns the elements of an array as labels.
  ///
  /// - Parameter count: the number of images or latents.
  /// - Throws: `SampleError` unless there is one label for each.
  func labels(_ array: NPYArray, named name: String, count: Int) throws -> [Int] {
    guard array.shape == [count] else {
      throw SampleError.badData(
        path: file.path,
        reason:
          "\(name) has the shape \(array.shapeText); labels need (\(count),), one for each "
          + "image")
    }
    let labels: [Int]
    do throws(NPYArray.Fault) {
      labels = try array.integers(in: file)
    } catch {
      throw SampleError(error, in: file.path, name)
    }
    if let place = labels.firstIndex(where: { SampleLabels.checked($0) == nil }) {
      throw SampleError.badData(
        path: file.path,
        reason: "\(name) holds \(labels[place]) for image \(place), which is not a label")
    }
    return labels
  }

  /// The contents in words, such as `it holds arr_0.npy`.
  var contentsText: String {
    let names = archive.names.prefix(10).map(\.printable)
    return names.isEmpty ? "it is empty" : "it holds \(names.joined(separator: ", "))"
  }

  /// - Throws: `SampleError` if there are more images or latents than can be read.
  static func check(count: Int, _ path: String) throws {
    guard count <= largestCount else {
      throw SampleError.badData(
        path: path,
        reason: "has \(count) images, more than \(largestCount); divide it into several files")
    }
  }
}

extension SampleError {
  /// - Parameter name: the name of the array.
  init(_ fault: NPYArray.Fault, in path: String, _ name: String) {
    self = .badData(path: path, reason: "\(name) cannot be read: \(fault.reason)")
  }

  /// Returns the result of reading a file. Its errors become those of samples.
  static func checked<Result>(
    _ body: () throws(CheckpointError) -> Result
  ) throws(SampleError) -> Result {
    do throws(CheckpointError) {
      return try body()
    } catch {
      throw switch error {
      case .unreadable(let path, let reason): .unreadable(path: path, reason: reason)
      case .badData(let path, nil, let reason): .badData(path: path, reason: reason)
      case .badData(let path, let place?, let reason):
        .badData(path: path, reason: "\(place): \(reason)")
      default: .badData(path: "", reason: "\(error)")
      }
    }
  }
}
