import Checkpoint
import Compute
import Foundation
import Job
import Model
import Worker

/// A checkpoint in words: its container, its tensors, its network, and what is needed to run it.
struct CheckpointText {
  private let file: CheckpointFile

  init(_ file: CheckpointFile) {
    self.file = file
  }

  func text(
    modelFlags: ModelFlags?, classifierFlags: ClassifierFlags?, listsTensors: Bool
  ) throws -> String {
    var rows: [(String, String)] = [
      ("file", file.path),
      ("container", "\(file.container), \(megabytes(file.byteCount))"),
      ("tensors", "\(file.tensors.count) (\(elementTypes))"),
      ("values", millions(file.tensors.values.reduce(0) { $0 + $1.count })),
    ]
    if let key = file.stateDictionaryKey { rows.append(("found under", key)) }
    rows += network(modelFlags: modelFlags, classifierFlags: classifierFlags)
    var lines = rows.map { name, value in
      let indented = value.replacingOccurrences(
        of: "\n", with: "\n" + String(repeating: " ", count: 14))
      return name.padding(toLength: 14, withPad: " ", startingAt: 0) + indented
    }
    if listsTensors { lines += [""] + file.names.map(tensorLine) }
    return lines.joined(separator: "\n")
  }

  private var elementTypes: String {
    let counts = Dictionary(grouping: file.tensors.values, by: \.scalarType).mapValues(\.count)
    return counts.sorted { $0.value > $1.value }
      .map { "\($0.value) \($0.key.rawValue)" }.joined(separator: ", ")
  }

  private func tensorLine(_ name: String) -> String {
    guard let tensor = file.tensors[name] else { return name }
    let shape = tensor.shape.map(String.init).joined(separator: "×")
    return "\(name)  \(tensor.scalarType.rawValue)  \(shape.isEmpty ? "scalar" : shape)"
  }

  private func network(
    modelFlags: ModelFlags?, classifierFlags: ClassifierFlags?
  ) -> [(String, String)] {
    let isUNet = file.tensors.keys.contains { $0.hasPrefix("output_blocks.") }
    do {
      return isUNet
        ? try unet(modelFlags) : try classifier(classifierFlags)
    } catch {
      return [("to run it", "\(error)")]
    }
  }

  private func unet(_ flags: ModelFlags?) throws -> [(String, String)] {
    let signature = try UNetSignature(shapes: file.shapes)
    let known: [(String, String)] = [
      ("network", "UNet: predicts the noise in an image"), ("shapes say", signature.knownFlags),
    ]
    do {
      let description = try ModelDescription(shapes: file.shapes, flags: flags)
      let network = try NetworkFile.unet(file, description.unet)
      let graph = Graph()
      _ = network.describe(in: graph, batch: 1, type: .f32)
      let unet = description.unet
      return known + [
        ("configuration", "\(description.origin)"),
        ("image size", "\(unet.imageSize)×\(unet.imageSize)"),
        ("heads", "\(headsText(unet.heads)), \(unet.attentionOrder.rawValue) attention order"),
        ("diffusion", diffusionText(description)),
        ("work", gigaflops(graph) + " a forward pass of one image"),
        (
          "to run it",
          "diffuse-mpi --model \(file.path)" + (flags == nil ? "" : " --model-flags \"…\"")
        ),
      ]
    } catch {
      return known + [("to run it", "\(error)")]
    }
  }

  private func classifier(_ flags: ClassifierFlags?) throws -> [(String, String)] {
    let candidates = try ClassifierSignature.candidates(shapes: file.shapes)
    let known: [(String, String)] =
      [("network", "noisy classifier: guides sampling")]
      + candidates.map { ("shapes say", $0.knownFlags) }
    do {
      let description = try ClassifierDescription(
        shapes: file.shapes, flags: flags, imageSize: nil)
      let network = try NetworkFile.classifier(file, description.configuration)
      let graph = Graph()
      _ = network.describe(in: graph, batch: 1, type: .f32)
      let configuration = description.configuration
      return known + [
        ("configuration", "\(description.origin)"),
        ("image size", "\(configuration.imageSize)×\(configuration.imageSize)"),
        (
          "heads",
          "\(headsText(configuration.heads)), \(configuration.attentionOrder.rawValue) attention order"
        ),
        ("work", gigaflops(graph) + " for one image's gradient"),
        ("to run it", "diffuse-mpi --model MODEL --classifier \(file.path)"),
      ]
    } catch {
      return known + [("to run it", "\(error)")]
    }
  }

  private func headsText(_ heads: AttentionHeads) -> String {
    switch heads {
    case .count(let count): "\(count) heads"
    case .channelsEach(let width): "\(width) channels a head"
    }
  }

  private func diffusionText(_ description: ModelDescription) -> String {
    let diffusion = description.diffusion
    return "\(diffusion.schedule.rawValue) schedule, \(diffusion.steps) steps, predicts "
      + (diffusion.predictsXStart ? "x₀" : "ε") + (diffusion.learnsSigma ? " and variance" : "")
      + (diffusion.rescalesTimesteps ? ", timesteps rescaled" : "")
  }

  private func megabytes(_ bytes: Int) -> String { String(format: "%.1f MB", Double(bytes) / 1e6) }
  private func millions(_ count: Int) -> String { String(format: "%.2f M", Double(count) / 1e6) }
  private func gigaflops(_ graph: Graph) -> String {
    String(format: "%.1f GFLOP", graph.flops / 1e9)
  }
}
