import Compute
import Foundation

extension Reference {
  /// The order of the channels of a qkv projection: [head][q, k, v] in the reference's
  /// QKVAttentionLegacy, [q, k, v][head] in its QKVAttention.
  enum HeadOrder: Sendable, CaseIterable { case legacy, new }

  /// Returns softmax(q·kᵀ/√width)·v for every head: qkv [N, H, W, 3·C] → [N, H, W, C]. With `queries`,
  /// the result is that of these tokens, and zero elsewhere.
  static func attention(
    _ qkv: ReferenceTensor, heads: Int, order: HeadOrder, queries: [Int]? = nil
  ) -> ReferenceTensor {
    var shape = qkv.shape
    shape.channels /= 3
    var output = ReferenceTensor(zeros: shape)
    for image in 0..<shape.batch {
      for head in 0..<heads {
        let view = HeadView(qkv, image: image, head: head, heads: heads, order: order)
        for t in queries ?? Array(0..<view.tokens) {
          for (s, p) in view.probabilities(of: t).enumerated() {
            for c in 0..<view.width {
              output.elements[view.outputIndex(t, c)] += p * qkv.elements[view.index(2, s, c)]
            }
          }
        }
      }
    }
    return output
  }

  /// Returns softmax(q·kᵀ/√width)·v for every head of separate queries, keys and values, each
  /// [N, tokens, C] with consecutive channels per head.
  static func attention(
    queries: ReferenceTensor, keys: ReferenceTensor, values: ReferenceTensor, heads: Int
  ) -> ReferenceTensor {
    let channels = queries.shape.channels
    let width = channels / heads
    func element(_ x: ReferenceTensor, _ image: Int, _ token: Int, _ channel: Int) -> Double {
      x.elements[(image * x.shape.pixels + token) * channels + channel]
    }
    return .filled(queries.shape) { image, y, x, channel in
      let (token, first) = (y * queries.shape.width + x, channel / width * width)
      let scores = (0..<keys.shape.pixels).map { key in
        (first..<first + width).reduce(0) {
          $0 + element(queries, image, token, $1) * element(keys, image, key, $1)
        } / Double(width).squareRoot()
      }
      return softmax(scores).enumerated().reduce(0) {
        $0 + $1.element * element(values, image, $1.offset, channel)
      }
    }
  }

  /// Returns ∂/∂qkv of `attention(qkv, …)`.
  static func attentionBackward(
    _ gradient: ReferenceTensor, qkv: ReferenceTensor, heads: Int, order: HeadOrder
  ) -> ReferenceTensor {
    var result = ReferenceTensor(zeros: qkv.shape)
    for image in 0..<qkv.shape.batch {
      for head in 0..<heads {
        let view = HeadView(qkv, image: image, head: head, heads: heads, order: order)
        for t in 0..<view.tokens {
          let row = view.probabilities(of: t)
          let outgoing = (0..<view.width).map { gradient.elements[view.outputIndex(t, $0)] }
          let dP = (0..<view.tokens).map { s in
            (0..<view.width).reduce(0) {
              $0 + outgoing[$1] * qkv.elements[view.index(2, s, $1)]
            }
          }
          let mean = zip(row, dP).reduce(0) { $0 + $1.0 * $1.1 }
          for (s, p) in row.enumerated() {
            let dS = p * (dP[s] - mean) * view.scale
            for c in 0..<view.width {
              let (q, k, v) = (view.index(0, t, c), view.index(1, s, c), view.index(2, s, c))
              result.elements[q] += dS * qkv.elements[k]
              result.elements[k] += dS * qkv.elements[q]
              result.elements[v] += p * outgoing[c]
            }
          }
        }
      }
    }
    return result
  }

  /// One head of one image.
  private struct HeadView {
    let qkv: ReferenceTensor
    let image: Int
    let head: Int
    let order: HeadOrder
    /// The number of channels of all heads.
    let channels: Int
    let width: Int

    init(_ qkv: ReferenceTensor, image: Int, head: Int, heads: Int, order: HeadOrder) {
      self.qkv = qkv
      self.image = image
      self.head = head
      self.order = order
      channels = qkv.shape.channels / 3
      width = channels / heads
    }

    var tokens: Int { qkv.shape.pixels }
    var scale: Double { 1 / Double(width).squareRoot() }

    /// Returns the position of channel `c` of token `t` in part 0 (q), 1 (k) or 2 (v).
    func index(_ part: Int, _ t: Int, _ c: Int) -> Int {
      let channel =
        switch order {
        case .legacy: (3 * head + part) * width + c
        case .new: part * channels + head * width + c
        }
      return (image * tokens + t) * 3 * channels + channel
    }

    func outputIndex(_ t: Int, _ c: Int) -> Int {
      (image * tokens + t) * channels + head * width + c
    }

    /// Returns the product of two vectors of a head, given by their first elements.
    private func dot(_ a: Int, _ b: Int) -> Double {
      var sum = 0.0
      for c in 0..<width { sum += qkv.elements[a + c] * qkv.elements[b + c] }
      return sum
    }

    /// Returns softmax(scale·q·kᵀ) of query `t`.
    func probabilities(of t: Int) -> [Double] {
      softmax((0..<tokens).map { s in scale * dot(index(0, t, 0), index(1, s, 0)) })
    }
  }

  static func softmax(_ scores: [Double]) -> [Double] {
    let largest = scores.max() ?? 0
    let exponentials = scores.map { exp($0 - largest) }
    let sum = exponentials.reduce(0, +)
    return exponentials.map { $0 / sum }
  }
}
