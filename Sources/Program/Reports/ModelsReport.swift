import Foundation
import Job
import Model
import Wording

/// The known models, for `models`: all of them as a list, or one in full.
package struct ModelsReport {
  private let models: [KnownModel]
  private let isList: Bool

  /// - Parameter name: the name of a model or of its file, or `nil` for all models.
  /// - Throws: a `Failure` if no model has this name.
  package init(name: String?) throws {
    do {
      let all = try KnownModel.all()
      models = try name.map { [try Self.model($0, of: all)] } ?? all
    } catch {
      throw Failure(explaining: error)
    }
    isList = name == nil
  }

  private static func model(_ name: String, of all: [KnownModel]) throws(Failure) -> KnownModel {
    if let model = all.first(where: { $0.name == name }) { return model }
    let found = all.filter { $0.isNamed(name) }
    if found.count == 1 { return found[0] }
    guard found.isEmpty else {
      throw Failure(
        "'\(name.printable)' is the file name of several models: "
          + found.map(\.name).joined(separator: ", "), status: .usage)
    }
    let meant = likelyMeant(name, among: all.map(\.name))
    throw Failure(
      "no model named '\(name.printable)' is known"
        + (meant.map { "; did you mean \($0)?" } ?? "; 'diffuse-mpi models' lists all"),
      status: .usage)
  }

  /// Returns the report, fitted to a width in columns. Addresses are never broken.
  package func text(columns: Int) -> String {
    isList ? list(columns) : KnownModelText(models[0]).text(columns: columns)
  }

  private func list(_ columns: Int) -> String {
    var groups: [String] = []
    for model in models where !groups.contains(model.group) { groups.append(model.group) }
    return groups.map { group in
      let rows = models.filter { $0.group == group }.map(Self.row)
      return ([group] + ColumnTable(rows).lines(fitting: columns)).joined(separator: "\n")
    }.joined(separator: "\n\n")
  }

  private static func row(_ model: KnownModel) -> [String] {
    let text = KnownModelText(model)
    return [
      model.name, text.size, model.images, text.parameters, text.sampling.first ?? "",
      model.owner ?? "",
    ]
  }

  package func json() throws -> String {
    try JSONText.of(["models": models])
  }
}

/// A known model as text.
struct KnownModelText {
  private let model: KnownModel

  private static let nameWidth = 13

  init(_ model: KnownModel) {
    self.model = model
  }

  /// The size of the images, such as `64` or `64→256`.
  var size: String { (model.smallSize.map { "\($0)→" } ?? "") + "\(model.imageSize)" }

  var parameters: String { String(format: "%.1f M", Double(model.parameterCount) / 1e6) }

  /// The published settings, such as `ddpm, 250 steps, scale 1`.
  var sampling: [String] {
    model.sampling.map { settings in
      let isList = settings.steps.contains(",")
      let steps =
        Int(settings.steps).map { counted($0, "step") }
        ?? (isList ? "levels \(settings.steps)" : settings.steps)
      let eta = settings.eta.map { ", eta \($0)".withoutFraction } ?? ""
      let scale = settings.classifierScale.map { ", scale \($0)".withoutFraction } ?? ""
      let cfg = settings.cfgScale.map { ", cfg \($0)".withoutFraction } ?? ""
      return "\(settings.sampler), \(steps)\(eta)\(scale)\(cfg)"
    }
  }

  func text(columns: Int) -> String {
    let rows: [(String, String?)] = [
      ("model", model.name),
      ("authors", model.owner),
      ("kind", kind),
      ("parameters", parameters),
      ("training", model.training),
      ("flags", model.flags),
      ("sampling", sampling.isEmpty ? nil : sampling.joined(separator: "\n")),
      ("note", model.note),
      ("goes with", Self.list(model.companions)),
      ("same shapes", Self.list(model.sameArchitecture)),
      ("licence", model.licence),
      ("use", model.use),
      ("file", model.url),
      ("page", model.page == model.url ? nil : model.page),
      ("to run it", model.command),
    ]
    return TextTable(
      rows.compactMap { name, value in value.map { (name, $0) } }, width: Self.nameWidth,
      columns: columns
    ).text
  }

  private var kind: String {
    let pixels = "\(model.imageSize)×\(model.imageSize) pixels"
    let classes = model.classCount.map {
      ", \(counted($0, "class", plural: "classes", isGrouped: true))"
    }
    return switch model.kind {
    case .model, .bundled: "\(model.images), \(pixels)\(classes ?? ", no classes")"
    case .upsampler:
      "enlarges \(model.images) from \(model.smallSize ?? 0) to \(pixels)\(classes ?? "")"
    case .classifier: "classifier of noisy \(model.images), \(pixels)\(classes ?? "")"
    }
  }

  private static func list(_ names: [String]) -> String? {
    names.isEmpty ? nil : names.joined(separator: ", ")
  }
}

extension String {
  /// The text without a fraction of zero at its end.
  fileprivate var withoutFraction: String { hasSuffix(".0") ? String(dropLast(2)) : self }
}
