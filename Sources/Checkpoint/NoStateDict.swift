import Foundation

/// Describes a file in which no state dict was found, and what to do about it.
struct NoStateDict {
  private let contents: CheckpointContents
  private let optimizers: [TensorDictionary]
  private let file: MappedFile

  init(_ contents: CheckpointContents, _ optimizers: [TensorDictionary], _ file: MappedFile) {
    self.contents = contents
    self.optimizers = optimizers
    self.file = file
  }

  var error: CheckpointError {
    guard let (key, className) = contents.modules.first, !isOptimizer else {
      return file.badData(nil, reason)
    }
    return file.badData(key == TensorDictionary.outermost ? nil : key, Self.module(className))
  }

  private var isOptimizer: Bool {
    ["state", "param_groups"].allSatisfy(contents.topKeys.contains)
  }

  private var reason: String {
    if isOptimizer {
      return "is the state of an optimizer, not a network: \(modelFile)"
    }
    if let optimizer = optimizers.first {
      return "holds no network, only the state of an optimizer (\(optimizer.path[0])): \(modelFile)"
    }
    if let list = contents.lists.max(by: { $0.tensors.count < $1.tensors.count }) {
      return
        "holds \(list.tensors.count) tensors without names (\(list.key)), which cannot be told "
        + "apart: save the network's state_dict with torch.save"
    }
    return "holds no tensors\(others): save the network's state_dict with torch.save"
  }

  private var others: String {
    var shown = contents.topKeys.prefix(10).map { String($0.prefix(40)) }
    if contents.topKeys.count > 10 { shown.append("…") }
    if shown.isEmpty { shown = contents.classNames.prefix(3).map { "an object of class \($0)" } }
    return shown.isEmpty ? "" : ", only " + shown.joined(separator: ", ")
  }

  static func module(_ className: String) -> String {
    "holds a whole network of the class \(className), saved with its code, which is not run: load "
      + "it in PyTorch where you trust it, and save its state_dict() with torch.save"
  }

  // MARK: - The file to give instead

  /// The file to use instead. guided-diffusion writes `opt100000.pt` next to `model100000.pt` and
  /// `ema_0.9999_100000.pt`.
  private var modelFile: String {
    let path = URL(fileURLWithPath: file.path)
    let (folder, name) = (path.deletingLastPathComponent(), path.lastPathComponent)
    guard let match = name.wholeMatch(of: /opt(\d+)\.(pt|pth)/) else {
      return "give the file with the network's weights"
    }
    let (step, suffix) = (String(match.1), String(match.2))
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    let found =
      names.filter { $0.hasPrefix("ema_") && $0.hasSuffix("_\(step).\(suffix)") }.sorted()
      + names.filter { $0 == "model\(step).\(suffix)" }
    return found.isEmpty
      ? "give the file with the averaged weights, such as ema_0.9999_\(step).\(suffix), or the "
        + "plain ones, model\(step).\(suffix)"
      : "give \(found.prefix(3).joined(separator: " or ")), which is beside it"
  }
}
