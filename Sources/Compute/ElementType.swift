/// The precision that activations and packed weights are held in.
package enum ElementType: String, Sendable, Codable, CaseIterable {
  case f32
  case bf16

  package var byteCount: Int { self == .f32 ? 4 : 2 }
}
