/// The precision of activations and packed weights.
package enum ElementType: String, Sendable, Codable, CaseIterable {
  case f32
  case bf16

  package var byteCount: Int { self == .f32 ? 4 : 2 }
}
