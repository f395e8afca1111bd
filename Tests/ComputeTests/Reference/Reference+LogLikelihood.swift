import Compute
import Foundation

extension Reference {
  /// Returns Σ log softmax(logits)[label] over the images.
  static func logLikelihood(_ logits: ReferenceTensor, labels: [Int]) -> Double {
    labels.enumerated().reduce(0) { sum, entry in
      sum + log(softmax(row(logits, entry.offset))[entry.element])
    }
  }

  /// ∂/∂logits of `logLikelihood`: one at the label and zero elsewhere, minus the probabilities.
  static func logLikelihoodGradient(
    _ logits: ReferenceTensor, labels: [Int]
  ) -> ReferenceTensor {
    let probabilities = labels.indices.map { softmax(row(logits, $0)) }
    return .filled(logits.shape) { image, _, _, k in
      (k == labels[image] ? 1 : 0) - probabilities[image][k]
    }
  }

  private static func row(_ x: ReferenceTensor, _ image: Int) -> [Double] {
    Array(x.elements[image * x.shape.channels..<(image + 1) * x.shape.channels])
  }
}
