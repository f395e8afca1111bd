import Arguments
import Job
import Model
import Output
import Wording

/// Images of several sources side by side, class by class, for `compare`.
package struct CompareReport {
  /// The settings of the command.
  package struct Request: Sendable {
    /// Npz files, output folders and folders of PNG files.
    package var sources: [String]
    /// A list of names for the sources, or `nil` for names that follow from their paths.
    package var names: String?
    /// A list of classes, or `nil` for those that all sources have.
    package var classes: String?
    /// The largest number of images of each class and source, or `nil` for the default.
    package var perClass: Int?
    /// The longer side of the images in pixels, or `nil` for the default.
    package var cellSize: Int?
    /// The folder of the files.
    package var out = "."

    package init(sources: [String]) { self.sources = sources }
  }

  private let comparison: Comparison
  private let files: ComparisonFiles

  package static let imageCounts = 1...100
  package static let cellSizes = 16...1024
  /// The number of images of a class, and of images without classes, unless another is given.
  private static let (defaultPerClass, defaultCount) = (4, 16)

  /// Opens the sources and selects the images. Reads no pixels.
  ///
  /// - Throws: a `Failure`.
  package init(_ request: Request) throws {
    guard request.sources.count > 1 else {
      throw Failure(
        "one source cannot be compared; give at least two npz files or folders", status: .usage)
    }
    let names = try SourceNames.names(of: request.sources, given: request.names)
    do {
      let sources = try zip(names, request.sources).map { name, path in
        try ComparisonSource(name: name, samples: SampleCollection(opening: path))
      }
      comparison = try Self.comparison(of: sources, request)
      files = ComparisonFiles(
        comparison, folder: request.out, cell: request.cellSize ?? Self.cellSize(for: sources),
        program: ProgramVersion.current)
    } catch {
      throw Failure(explaining: error)
    }
  }

  private static func comparison(
    of sources: [ComparisonSource], _ request: Request
  ) throws -> Comparison {
    let isLabelled = sources.contains { $0.samples.hasLabels }
    if request.classes != nil && !isLabelled {
      throw Failure("--classes: the images have no labels; leave it out", status: .usage)
    }
    do {
      return try Comparison(
        sources, perClass: request.perClass ?? (isLabelled ? defaultPerClass : defaultCount),
        names: { $0 == ImageNetClasses.count ? ImageNetClasses.names : nil },
        labels: { classes in
          guard let list = request.classes else { return nil }
          let labels = try classes.labels(parsing: list, option: "--classes")
          return (0..<labels.count).map { labels[$0] }
        })
    } catch let fault as Comparison.Fault {
      throw failure(fault, request)
    }
  }

  private static func failure(_ fault: Comparison.Fault, _ request: Request) -> Failure {
    switch fault {
    case .noLabels(let source):
      Failure(
        "the images of \(request.sources[source].printable) have no labels, but those of others do; "
          + "put them in one subfolder for each class, or add arr_1 to the npz file",
        status: .badData)
    case .noCommonClass:
      Failure(
        "no class is in all sources; compare sources with the same labels or class names",
        status: .badData)
    case .missingClass(let label, let source):
      Failure(
        "--classes: \(request.sources[source].printable) has no images of class \(label); leave it out",
        status: .usage)
    }
  }

  /// The size at which the largest images are easy to see.
  private static func cellSize(for sources: [ComparisonSource]) -> Int {
    let sides = sources.map { max($0.samples.width, $0.samples.height) }
    return ThumbnailSide.of(sides.max() ?? 1)
  }

  /// Writes `compare.png` and `compare.html`, and shows the progress.
  ///
  /// - Returns: what was written, for the user.
  /// - Throws: a `Failure`.
  package func write() throws -> String {
    let display = ReadingProgress(total: comparison.rows.count, "classes", "read")
    defer { display.end() }
    do {
      return text(try files.write(progress: display.show))
    } catch is ComparisonSheet.TooLarge {
      throw Failure(
        "the sheet would be too large; lower --cell-size or --per-class, or compare fewer sources",
        status: .usage)
    } catch {
      throw Failure(explaining: error, otherwise: error is OutputError ? .cannotWrite : nil)
    }
  }

  private func text(_ result: ComparisonFiles.Result) -> String {
    let rows = comparison.sources.map { source in
      let samples = source.samples
      let missing = samples.missing.count
      let facts = [
        counted(samples.count, "image", isGrouped: true),
        "\(samples.width)×\(samples.height) pixels",
      ]
      return (
        source.name.printable,
        facts.joined(separator: ", ") + (missing > 0 ? ", \(missing.grouped) missing" : "")
      )
    }
    let width = 2 + (rows.map(\.0.count).max() ?? 0)
    let written = [
      (files.picturePath, result.pictureRows), (files.pagePath, result.pageRows),
    ].map { path, count in "\(path.printable): \(shown(count))" }
    return ([TextTable(rows, width: width).text] + comparison.notes.map(\.printable) + written)
      .joined(separator: "\n")
  }

  /// Returns what a file shows, given its number of rows.
  private func shown(_ rowCount: Int) -> String {
    let (summary, total) = (comparison.summary(rowCount: rowCount), comparison.rows.count)
    return rowCount == total
      ? summary
      : "the first \(summary), of \(total.grouped) classes; choose others with --classes"
  }
}
