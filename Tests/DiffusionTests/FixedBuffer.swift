/// Floats at a fixed address, for functions that take several pointers at once.
final class FixedBuffer {
  let elements: UnsafeMutableBufferPointer<Float>

  init(_ values: [Float]) {
    elements = .allocate(capacity: values.count)
    _ = elements.initialize(from: values)
  }

  deinit { elements.deallocate() }
}
