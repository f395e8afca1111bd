/// A weight of a network, known by name and shape, and read from its checkpoint only when needed.
package struct Parameter: Sendable {
  package let name: String
  package let shape: [Int]
  private let read: @Sendable () throws -> Tensor

  package init(name: String, shape: [Int], read: @escaping @Sendable () throws -> Tensor) {
    self.name = name
    self.shape = shape
    self.read = read
  }

  package init(name: String, _ tensor: Tensor) {
    self.init(name: name, shape: tensor.shape) { tensor }
  }

  /// Returns the values of the weight. Throws if one of them is NaN or infinite.
  package func load() throws -> Tensor {
    let tensor = try read()
    guard tensor.isFinite else { throw ComputeError.notFinite(parameter: name) }
    return tensor
  }

  /// Returns a parameter that applies `change` to this one when it is loaded.
  package func map(
    shape: [Int], _ change: @escaping @Sendable (Tensor) -> Tensor
  ) -> Parameter {
    let read = read
    return Parameter(name: name, shape: shape) { change(try read()) }
  }

  /// Returns the same numbers in another shape.
  package func reshaped(_ shape: [Int]) -> Parameter {
    map(shape: shape) { Tensor(shape: shape, elements: $0.elements) }
  }

  /// Returns convolution weights [out, in, k, k] for the input channels in `range` only.
  package func inputChannels(_ range: Range<Int>) -> Parameter {
    let (out, inner, area) = (shape[0], shape[1], shape[2...].reduce(1, *))
    return map(shape: [out, range.count] + shape[2...]) { whole in
      var part: [Float] = []
      part.reserveCapacity(out * range.count * area)
      for o in 0..<out {
        let first = (o * inner + range.lowerBound) * area
        part += whole.elements[first..<first + range.count * area]
      }
      return Tensor(shape: [out, range.count] + whole.shape[2...], elements: part)
    }
  }

  /// The weights [out, in, k, k] of the convolution that computes the input gradient of a
  /// convolution with stride 1 and padding (k−1)/2: the channels are exchanged and the kernel is
  /// rotated by 180°.
  package var transposedForGradient: Parameter {
    let (out, inner, area) = (shape[0], shape[1], shape[2...].reduce(1, *))
    return map(shape: [inner, out] + shape[2...]) { forward in
      var turned = Tensor(zeros: [inner, out] + forward.shape[2...])
      forward.elements.withUnsafeBufferPointer { source in
        turned.elements.withUnsafeMutableBufferPointer { destination in
          for o in 0..<out {
            for i in 0..<inner {
              for k in 0..<area {
                destination[(i * out + o) * area + area - 1 - k] =
                  source[(o * inner + i) * area + k]
              }
            }
          }
        }
      }
      return turned
    }
  }

  /// Returns the concatenation of parameters along the first dimension. Their other dimensions are
  /// equal.
  package static func concatenated(_ parts: [Parameter], name: String) -> Parameter {
    let rows = parts.reduce(0) { $0 + $1.shape[0] }
    let shape = [rows] + (parts.first?.shape.dropFirst() ?? [])
    return Parameter(name: name, shape: shape) {
      var elements: [Float] = []
      elements.reserveCapacity(shape.reduce(1, *))
      for part in parts { elements += try part.load().elements }
      return Tensor(shape: shape, elements: elements)
    }
  }

  package static func zeros(name: String, _ shape: [Int]) -> Parameter {
    Parameter(name: name, shape: shape) { Tensor(zeros: shape) }
  }
}
