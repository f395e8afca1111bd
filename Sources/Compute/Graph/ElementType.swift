import CKernels
import COneDNN

/// The precision of activations and packed weights.
package enum ElementType: String, Sendable, Codable, CaseIterable {
  case f32
  case bf16

  package var byteCount: Int { self == .f32 ? 4 : 2 }

  var kernelElement: dmpi_element { self == .f32 ? DMPI_ELEMENT_F32 : DMPI_ELEMENT_BF16 }
  var libraryType: dmpi_type { self == .f32 ? DMPI_F32 : DMPI_BF16 }
}
