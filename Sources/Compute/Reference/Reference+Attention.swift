import Foundation

extension Reference {
  /// How the channels of a qkv projection are ordered: the reference's QKVAttentionLegacy has
  /// [head][q, k, v], its QKVAttention [q, k, v][head].
  package enum HeadOrder: Sendable, CaseIterable { case legacy, new }

  /// softmax(q·kᵀ/√width)·v for every head; qkv [N, H, W, 3·C] → [N, H, W, C].
  package static func attention(
    _ qkv: ReferenceTensor, heads: Int, order: HeadOrder
  ) -> ReferenceTensor {
    var shape = qkv.shape
    shape.channels /= 3
    var output = ReferenceTensor(zeros: shape)
    for image in 0..<shape.batch {
      for head in 0..<heads {
        let view = HeadView(qkv, image: image, head: head, heads: heads, order: order)
        for (t, row) in view.probabilities.enumerated() {
          for (s, p) in row.enumerated() {
            for c in 0..<view.width {
              output.elements[view.outputIndex(t, c)] += p * qkv.elements[view.index(2, s, c)]
            }
          }
        }
      }
    }
    return output
  }

  /// ∂/∂qkv of `attention(qkv, …)`.
  package static func attentionBackward(
    _ gradient: ReferenceTensor, qkv: ReferenceTensor, heads: Int, order: HeadOrder
  ) -> ReferenceTensor {
    var result = ReferenceTensor(zeros: qkv.shape)
    for image in 0..<qkv.shape.batch {
      for head in 0..<heads {
        let view = HeadView(qkv, image: image, head: head, heads: heads, order: order)
        for (t, row) in view.probabilities.enumerated() {
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
    /// Channels of all heads.
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

    /// Where channel `c` of token `t` lies; part 0 is q, 1 k, 2 v.
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

    /// The product of two vectors of a head, by their first elements.
    private func dot(_ a: Int, _ b: Int) -> Double {
      var sum = 0.0
      for c in 0..<width { sum += qkv.elements[a + c] * qkv.elements[b + c] }
      return sum
    }

    /// softmax(scale·q·kᵀ), a row a query.
    var probabilities: [[Double]] {
      (0..<tokens).map { t in
        softmax((0..<tokens).map { s in scale * dot(index(0, t, 0), index(1, s, 0)) })
      }
    }
  }

  static func softmax(_ scores: [Double]) -> [Double] {
    let largest = scores.max() ?? 0
    let exponentials = scores.map { exp($0 - largest) }
    let sum = exponentials.reduce(0, +)
    return exponentials.map { $0 / sum }
  }
}
