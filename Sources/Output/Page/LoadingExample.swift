import Job

/// A few lines of Python that load a job's images.
package struct LoadingExample: Sendable, Equatable {
  /// The library that the code uses.
  package let library: String
  package let code: String

  /// Returns the examples for the format of the images.
  ///
  /// - Parameters:
  ///   - count: the number of images that exist.
  ///   - folder: the job's folder, as the user wrote it.
  package static func all(
    of catalog: ImageCatalog, count: Int, imageSize: Int, folder: String
  ) -> [Self] {
    let format = catalog.format
    let images = "\(folder)/\(format.imagesFolder)".pythonLiteral
    let hasLabels = catalog.plan[catalog.indices.lowerBound].label != nil
    var examples: [Self] = []
    switch format.container {
    case .png:
      examples.append(imageFolder(images, hasLabels: hasLabels))
      if format.layout == .classes { examples.append(torchvision(images)) }
    case .tar: examples.append(webDataset(images, hasLabels: hasLabels))
    }
    if format.writesNPZ {
      let name = SamplesFile.name(count: count, imageSize: imageSize)
      examples.append(numPy("\(folder)/\(name)".pythonLiteral, hasLabels: hasLabels))
    }
    return examples
  }

  private static func imageFolder(_ folder: String, hasLabels: Bool) -> Self {
    Self(
      library: "Hugging Face datasets",
      code: """
        from datasets import load_dataset

        images = load_dataset("imagefolder", data_dir=\(folder), split="train")
        print(images[0]["image"], \(hasLabels ? #"images[0]["label"], "# : "")images[0]["seed"])
        """)
  }

  private static func torchvision(_ folder: String) -> Self {
    Self(
      library: "torchvision",
      code: """
        from torchvision.datasets import ImageFolder

        images = ImageFolder(\(folder))
        image, label = images[0]
        """)
  }

  private static func webDataset(_ folder: String, hasLabels: Bool) -> Self {
    Self(
      library: "webdataset",
      code: """
        from pathlib import Path
        import webdataset

        shards = sorted(str(shard) for shard in Path(\(folder)).glob("*.tar"))
        images = webdataset.WebDataset(shards, shardshuffle=False).decode("pil")
        for image, \(hasLabels ? "label" : "about") in images.to_tuple("png", "\(hasLabels ? "cls" : "json")"):
            print(image, \(hasLabels ? "label" : #"about["seed"]"#))
        """)
  }

  private static func numPy(_ file: String, hasLabels: Bool) -> Self {
    Self(
      library: "NumPy",
      code: """
        import numpy

        samples = numpy.load(\(file))
        images = samples["arr_0"]  # uint8, [image, row, column, channel]
        """ + (hasLabels ? "\nlabels = samples[\"arr_1\"]" : ""))
  }
}
