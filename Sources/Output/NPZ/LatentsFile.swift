import Files

/// Writes latents as a `.npy` file: float32 [N, C, h, w], as `numpy.save` writes it.
package enum LatentsFile {
  /// - Parameters:
  ///   - elements: the latents, one after the other.
  ///   - shape: [N, C, h, w].
  /// - Throws: `OutputError`.
  package static func write(
    _ elements: [Float], shape: [Int], folder: String, name: String
  ) throws {
    precondition(elements.count == shape.reduce(1, *), "\(shape) is not the shape of the elements")
    try WholeFile.write(
      folder: folder, name: name, temporary: TemporaryName.unique(name)
    ) { file in
      try file.write(NPYHeader.bytes(type: "<f4", shape: shape))
      try elements.map(\.bitPattern.littleEndian).withUnsafeBytes { try file.write($0) }
    }
  }
}
