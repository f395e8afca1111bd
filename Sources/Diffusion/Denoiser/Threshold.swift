// Saharia et al. 2022, "Photorealistic Text-to-Image Diffusion Models with Deep Language
// Understanding", section 2.3, as in dpm_solver_pytorch.py, `dynamic_thresholding_fn`.

/// The limit of the predicted image after guidance. Guidance may move x̂₀ far out of [−1, 1].
package enum Threshold: Sendable, Equatable {
  case none
  /// Clamps x̂₀ to [−1, 1].
  case fixed
  /// Clamps each image to [−s, s] and divides it by s, where s is a quantile of |x̂₀| over the
  /// elements of the image, but at least 1.
  ///
  /// - Parameter percentile: the quantile, from 0 to 1.
  case dynamic(percentile: Double)

  /// The kinds of thresholds by name.
  package enum Kind: String, Sendable, Codable, CaseIterable {
    case none
    case fixed = "static"
    case dynamic
  }

  /// - Parameter percentile: the quantile of a dynamic threshold. Others ignore it.
  package init(_ kind: Kind, percentile: Double = Threshold.usualPercentile) {
    switch kind {
    case .none: self = .none
    case .fixed: self = .fixed
    case .dynamic: self = .dynamic(percentile: percentile)
    }
  }

  package var kind: Kind {
    switch self {
    case .none: .none
    case .fixed: .fixed
    case .dynamic: .dynamic
    }
  }

  /// The quantile of a dynamic threshold.
  package var percentile: Double? {
    if case .dynamic(let percentile) = self { percentile } else { nil }
  }

  /// Whether a quantile is from 0 to 1.
  package var isValid: Bool {
    percentile.map { (0...1).contains($0) } ?? true
  }

  /// The usual quantile.
  package static let usualPercentile = 0.995

  /// Limits every image of a batch, in place. Images that are not finite stay as they are, so that
  /// they are found.
  func apply(to x0: Latents) {
    guard self != .none else { return }
    for image in 0..<x0.batch where x0.isFinite(image: image) {
      let elements = x0[image]
      let limit = Float(limit(elements))
      for i in elements.indices { elements[i] = max(-limit, min(limit, elements[i])) / limit }
    }
  }

  private func limit(_ elements: UnsafeMutableBufferPointer<Float>) -> Double {
    guard let percentile else { return 1 }
    return max(1, Self.quantile(percentile, ofMagnitudes: elements))
  }

  /// Returns a quantile of |x|, linear between two order statistics as in `torch.quantile`.
  static func quantile(
    _ fraction: Double, ofMagnitudes x: UnsafeMutableBufferPointer<Float>
  ) -> Double {
    var magnitudes = x.map(\.magnitude)
    let position = fraction * Double(magnitudes.count - 1)
    let below = Int(position)
    let lower = magnitudes.selectElement(below)
    // All elements after `below` are at least as large.
    let upper = magnitudes[min(below + 1, magnitudes.count - 1)...].min()!
    return Double(lower) + (position - Double(below)) * (Double(upper) - Double(lower))
  }
}

extension [Float] {
  /// Reorders the elements so that the one at `index` is where sorting would put it, with none
  /// larger before it and none smaller after it (Hoare's quickselect). Returns that element.
  fileprivate mutating func selectElement(_ index: Int) -> Float {
    var (low, high) = (0, count - 1)
    while low < high {
      let pivot = self[(low + high) / 2]
      var (left, right) = (low, high)
      while left <= right {
        while self[left] < pivot { left += 1 }
        while self[right] > pivot { right -= 1 }
        if left <= right {
          swapAt(left, right)
          left += 1
          right -= 1
        }
      }
      if index <= right { high = right } else if index >= left { low = left } else { break }
    }
    return self[index]
  }
}
