/// Checks of numbered PNG files.
extension FolderCheck {
  /// The number of files that are checked before more names are read.
  private static let blockSize = 2048

  mutating func checkFiles() throws {
    try Subfolders.forEach(in: imagesPath) { folder, name in
      try checkFiles(in: folder, subfolder: name)
    }
  }

  private mutating func checkFiles(in folder: FolderListing, subfolder: String?) throws {
    let place = subfolder.map { "\(imagesFolder)/\($0)/" } ?? "\(imagesFolder)/"
    var block: [Int] = []
    while let name = try folder.next() {
      if let index = catalog.index(ofFile: name, in: subfolder) {
        block.append(index)
        if block.count == Self.blockSize {
          try look(atFiles: block)
          block.removeAll(keepingCapacity: true)
        }
      } else if FolderNames.isTemporaryResult(name) {
        findings.add(.leftover, place + name)
      } else if !isExpected(name, in: folder, subfolder: subfolder) {
        findings.add(.extra, place + name)
      }
    }
    try look(atFiles: block)
  }

  private mutating func look(atFiles block: [Int]) throws {
    let (catalog, folder) = (catalog, imagesFolder)
    try look(at: block) {
      "\(folder)/\(catalog.fileName(of: $0))"
    } image: { [imagesPath, check] in
      try check.image(inFile: "\(imagesPath)/\(catalog.fileName(of: $0))", index: $0)
    }
  }

  /// Returns whether this is metadata, or a folder of a layout. The files in such a folder are
  /// checked separately.
  private func isExpected(_ name: String, in folder: FolderListing, subfolder: String?) -> Bool {
    subfolder == nil
      && (name == MetadataFile.name || name.isNumber && folder.isFolder(name))
  }
}
