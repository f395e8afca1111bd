import Checkpoint
import Compute
import Diffusion
import Foundation
import Model
import Wording

/// A checkpoint as text: its container, its tensors, its network, and what is needed to run it.
package struct CheckpointText {
  private let file: CheckpointFile

  package init(_ file: CheckpointFile) {
    self.file = file
  }

  package static func rows(_ rows: [(String, String)]) -> String { TextTable(rows, width: 15).text }

  // MARK: - The file

  package var fileRows: String {
    var rows = [
      ("file", file.path),
      ("container", "\(container), \(ByteText.megabytes(file.byteCount))"),
      ("tensors", "\(file.tensors.count) (\(elementTypes))"),
      ("values", millions(file.tensors.values.reduce(0) { $0 + $1.count })),
    ]
    if file.files.diffusers != nil {
      rows.append(("names", "translated from those of diffusers to guided-diffusion's"))
    }
    if let key = file.stateDictionaryKey { rows.append(("found under", key.printable)) }
    if !file.chosen.prefix.isEmpty {
      rows.append(("prefix", "\(file.chosen.prefix.printable), left out of the names"))
    }
    if !file.chosen.insertions.isEmpty {
      let insertions = file.chosen.insertions.joined(separator: ", ")
      rows.append(("wrappers", "\(insertions) left out of the names"))
    }
    if file.stateDicts.count > 1 { rows.append(("weights", candidates)) }
    if !file.unknownObjects.isEmpty { rows.append(("passed over", passedOver)) }
    return Self.rows(rows)
  }

  private var container: String {
    let folder = file.files.diffusers == nil ? "" : "diffusers folder, "
    let count = file.files.weightsFileCount
    return "\(folder)\(file.container)\(count > 1 ? " in \(count) files" : "")"
  }

  /// The state dicts in the file, one per line.
  private var candidates: String {
    file.stateDicts.map { candidate in
      let isUsed = candidate.key == file.chosen.key
      return candidate.summary.printable + ", \(candidate.tensorCount) tensors"
        + (candidate.isReadable ? "" : ", not readable") + (isUsed ? ", used here" : "")
    }.joined(separator: "\n")
  }

  private var passedOver: String {
    let shown = file.unknownObjects.prefix(3).map(\.printable).joined(separator: ", ")
    let rest = file.unknownObjects.count - 3
    return "Python objects (\(shown)\(rest > 0 ? " and \(rest) more" : "")); nothing was run"
  }

  private var elementTypes: String {
    let counts = Dictionary(grouping: file.tensors.values, by: \.scalarType).mapValues(\.count)
    return counts.sorted { $0.value > $1.value }
      .map { "\($0.value) \($0.key.rawValue)" }.joined(separator: ", ")
  }

  package var tensors: String {
    file.names.compactMap { file.tensors[$0] }.map { tensor in
      let shape = tensor.shape.map(String.init).joined(separator: "×")
      let size = shape.isEmpty ? "scalar" : shape
      return "\(tensor.name.printable)  \(tensor.scalarType.rawValue)  \(size)"
    }.joined(separator: "\n")
  }

  // MARK: - The network

  /// Returns the option that selects these weights, if the file alone would not lead to them.
  package func keyOption(_ option: String) -> String {
    !file.alternatives.isEmpty && !file.isChosenAsAverage
      ? " \(option) \(file.chosen.key.printable)" : ""
  }

  /// Returns the option that chooses a preset, if one was chosen.
  static func presetOption(_ preset: String?) -> String { preset.map { " --preset \($0)" } ?? "" }

  /// Returns the command that runs a model or an upsampler.
  ///
  /// - Parameter options: the options that describe it as a model.
  static func command(_ options: String, _ description: ModelDescription) -> String {
    description.enlargesImages
      ? "diffuse-mpi --model MODEL \(OptionNames.ofUpsampler(options))" : "diffuse-mpi \(options)"
  }

  /// - Parameter command: a command that runs the checkpoint.
  /// - Throws: the errors of `NetworkFile`.
  package func model(_ description: ModelDescription, command: String) throws -> String {
    let (network, graph) = (description.network, Graph())
    _ = try network.network(in: file, prefix: description.prefix)
      .describe(in: graph, batch: 1, type: .f32)
    return Self.rows(
      [
        ("network", description.networkText),
        ("architecture", architecture(network)),
        ("settings", settingsText(description)),
      ] + sizes(description) + [
        ("heads", heads(network)),
        ("diffusion", description.diffusion.text),
        ("work", WorkText.ofNetwork(graph.flops) + " a forward pass of one image"),
        ("to run it", command),
      ] + description.notes.map { ("", $0) })
  }

  /// Describes a first stage in a file of its own.
  package func firstStage(_ firstStage: FirstStageFile) -> String {
    let (autoencoder, graph) = (firstStage.configuration, Graph())
    _ = AutoencoderDecoder(ParameterReader(shapesOnly: ()), autoencoder)
      .describe(in: graph, batch: 1, type: .f32)
    return Self.rows([
      ("network", "first stage: turns latents into images"),
      ("architecture", autoencoder.text),
      ("work", WorkText.ofNetwork(graph.flops) + " to decode one image"),
      ("to run it", "diffuse-mpi --model MODEL --first-stage \(firstStage.file.path)"),
    ])
  }

  private func architecture(_ network: Architecture) -> String {
    switch network {
    case .unet(let unet):
      Self.inferred(unet.signature.knownFlags(imageSize: unet.imageSize))
    case .transformer(let transformer):
      "\(counted(transformer.depth, "block")) of width \(transformer.width), patches of "
        + "\(transformer.patchSize)×\(transformer.patchSize) (inferred from tensor shapes)"
    case .classifier(let classifier): Self.inferred(classifier.signature.knownFlags)
    case .decoder(let autoencoder), .encoder(let autoencoder): autoencoder.text
    }
  }

  private func sizes(_ description: ModelDescription) -> [(String, String)] {
    let (side, shape) = (description.imageSide, description.network.imageShape)
    guard let space = description.latentSpace else { return [("image size", "\(side)×\(side)")] }
    let latents = [("latents", "\(shape.channels)×\(shape.height)×\(shape.width)")]
    guard let firstStage = space.firstStage else {
      return latents + [("first stage", "in another file (--first-stage)")]
    }
    return latents + [
      ("first stage", firstStage.configuration.text), ("image size", "\(side)×\(side)"),
    ]
  }

  private func heads(_ network: Architecture) -> String {
    switch network {
    case .unet(let unet):
      "\(text(unet.heads)), \(unet.attentionOrder.rawValue) attention order"
    case .transformer(let transformer): counted(transformer.heads, "head")
    case .classifier, .decoder, .encoder: ""
    }
  }

  private func settingsText(_ description: ModelDescription) -> String {
    guard let choice = description.origin.choice, !choice.alternatives.isEmpty else {
      return "\(description.origin)"
    }
    let names = choice.alternatives.map(\.name).joined(separator: ", ")
    return "\(description.origin)\nthe same architecture: \(names)"
  }

  package func classifier(flags: ClassifierFlags?) throws -> String {
    try classifier(
      ClassifierDescription(shapes: file.shapes, flags: flags, imageSize: nil),
      command: "diffuse-mpi --model MODEL --classifier \(file.path)\(keyOption("--classifier-key"))"
        + (flags == nil ? "" : " --classifier-flags \"…\""))
  }

  /// - Parameter command: a command that runs the checkpoint.
  /// - Throws: the errors of `NetworkFile.classifier`.
  package func classifier(_ description: ClassifierDescription, command: String) throws -> String {
    let (encoder, graph) = (description.configuration, Graph())
    _ = try NetworkFile.classifier(file, encoder).describe(in: graph, batch: 1, type: .f32)
    return Self.rows(
      [
        ("network", "noisy classifier: guides sampling"),
        ("architecture", Self.inferred(encoder.signature.knownFlags)),
        ("settings", "\(description.origin)"),
        ("image size", "\(encoder.imageSize)×\(encoder.imageSize)"),
        ("heads", "\(text(encoder.heads)), \(encoder.attentionOrder.rawValue) attention order"),
        ("work", WorkText.ofNetwork(graph.flops) + " for one image's gradient"),
        ("to run it", command),
      ] + description.notes.map { ("", $0) })
  }

  private static func inferred(_ flags: String) -> String {
    "\(flags) (inferred from tensor shapes)"
  }

  private func text(_ heads: AttentionHeads) -> String {
    switch heads {
    case .count(let count): counted(count, "head")
    case .channelsEach(let width): "\(width) channels a head"
    }
  }

  private func millions(_ count: Int) -> String { String(format: "%.2f M", Double(count) / 1e6) }
}

extension AutoencoderConfiguration {
  /// The kind and size in words.
  var text: String {
    let codes = if case .vq(let codes, _) = kind { ", \(codes) codes" } else { "" }
    return
      "\(kind == .kl ? "KL" : "VQ") autoencoder\(codes): \(downsampling) pixels per latent pixel, "
      + "\(latentChannels) channels"
  }
}

extension ModelDescription {
  var enlargesImages: Bool { unet?.enlargesImages ?? false }

  /// What the network does.
  fileprivate var networkText: String {
    if case .transformer = network {
      return diffusion.flow == nil
        ? "diffusion transformer: predicts the noise in a latent"
        : "diffusion transformer: predicts the velocity of a flow of latents"
    }
    if latentSpace != nil { return "UNet: predicts the noise in a latent" }
    if enlargesImages {
      return "super-resolution UNet: enlarges images"
        + (smallSize.map { " of \($0)×\($0) pixels" } ?? "")
    }
    return switch diffusion.preconditioning?.isConsistencyModel {
    case nil: "UNet: predicts the noise in an image"
    case false: "UNet: predicts an image without its noise"
    case true: "consistency model: a UNet that makes an image of noise in one evaluation"
    }
  }
}

extension DiffusionConfiguration {
  /// The training in words.
  var text: String {
    if let preconditioning {
      let levels = String(
        format: "σ̂ from %g to %g", preconditioning.sigmaMin, preconditioning.sigmaMax)
      return "continuous noise levels, \(levels), EDM's preconditioning"
    }
    if let flow {
      let time = flow.direction == .toImage ? "noise at t = 0" : "the image at t = 0"
      return "flow from \(time) to t = 1, predicts the velocity"
    }
    let name = latent == nil ? "\(schedule.rawValue) schedule" : latentText
    return "\(name), \(steps) steps, predicts "
      + (predictsXStart ? "x₀" : "ε") + (learnsSigma ? " and variance" : "")
      + (rescalesTimesteps ? ", timesteps rescaled" : "")
  }

  private var latentText: String {
    guard let latent, latent.storedAlphaBar == nil else { return "schedule of the file" }
    return String(format: "√β from √%g to √%g", latent.betaStart, latent.betaEnd)
  }
}

extension CheckpointFile {
  /// Describes which weights of the file are used. `nil` if the file holds no others and no wrapper
  /// was removed.
  package var weightsText: String? {
    let key = chosen.key.printable
    if !alternatives.isEmpty {
      let others = alternatives.map(\.key.printable).joined(separator: ", ")
      return "\(chosen.isAveraged ? "averaged weights" : "weights") \(key), not \(others)"
    }
    let parts = [
      stateDictionaryKey.map { _ in "weights under \(key)" },
      chosen.prefix.isEmpty ? nil : "without the prefix \(chosen.prefix.printable)",
      chosen.insertions.isEmpty
        ? nil : "without \(chosen.insertions.joined(separator: ", ")) in the names",
    ].compactMap { $0 }
    return parts.isEmpty ? nil : parts.joined(separator: " ")
  }
}
