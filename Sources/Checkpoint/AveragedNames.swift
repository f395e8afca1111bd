/// Detects from the key of a state dict whether it holds averaged weights.
///
/// Training programs keep an exponential moving average of the weights, and their authors sample
/// from it. Its keys are names such as `ema`, `model_ema`, `shadow` or `swa_model`.
enum AveragedNames {
  /// Words of a key that mark averaged weights, and words that mark the opposite inside an averaged
  /// dictionary, such as `ema.online_model`.
  private static let averaged: Set = [
    "ema", "emas", "average", "averaged", "averages", "averaging", "avg", "swa", "ewma", "shadow",
    "polyak", "smoothed", "teacher", "target",
  ]
  private static let current: Set = ["online", "raw", "student", "live", "current"]

  /// - Parameter path: keys, the outermost first. The innermost key with a known word decides.
  static func nameAverages(_ path: [String]) -> Bool {
    for component in path.reversed() {
      for word in words(component).reversed() {
        if current.contains(word) { return false }
        if averaged.contains(word) || isCompound(word) { return true }
      }
    }
    return false
  }

  /// Whether the word is a compound such as `emamodel` or `modelema`.
  private static func isCompound(_ word: String) -> Bool {
    let networks = ["model", "net", "unet", "weights", "params", "state", "generator", "g"]
    return networks.contains { word == "ema" + $0 || word == $0 + "ema" }
  }

  /// The words of a name such as `modelEMA`, `ema_0.9999` or `g_ema`, in lower case and without
  /// digits.
  private static func words(_ component: String) -> [String] {
    var words: [String] = []
    var word = ""
    var previousIsLower = false
    for character in component.unicodeScalars.prefix(200) {
      let isUpper = ("A"..."Z").contains(character)
      let isLetter = isUpper || ("a"..."z").contains(character)
      if !isLetter || isUpper && previousIsLower {
        if !word.isEmpty { words.append(word) }
        word = ""
      }
      if isLetter { word += String(character).lowercased() }
      previousIsLower = isLetter && !isUpper
    }
    return word.isEmpty ? words : words + [word]
  }

  /// Returns whether a key belongs to an optimizer. Its dictionaries may have the names of the
  /// network.
  static func nameOptimizer(_ path: [String]) -> Bool {
    path.contains { component in
      optimizer.contains(component.lowercased()) || component.hasPrefix("exp_avg")
        || words(component).contains { $0.hasPrefix("optim") }
    }
  }

  private static let optimizer: Set = [
    "opt", "opt_state", "momentum", "momentum_buffer", "grad", "grads", "gradients",
    "max_exp_avg_sq",
  ]
}

extension CheckpointContents {
  /// Returns whether the keys lead to averages although they do not say so.
  ///
  /// Lightning's `WeightAveraging` callback stores the averages as `state_dict`, and the weights
  /// that are trained as `current_model_state`.
  func storesAverages(under path: [String]) -> Bool {
    path.first == "state_dict"
      && ["averaging_state", "current_model_state"].allSatisfy(topKeys.contains)
  }
}
