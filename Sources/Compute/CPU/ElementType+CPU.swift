import CKernels
import COneDNN

extension ElementType {
  var kernelElement: dmpi_element { self == .f32 ? DMPI_ELEMENT_F32 : DMPI_ELEMENT_BF16 }
  package var libraryType: dmpi_type { self == .f32 ? DMPI_F32 : DMPI_BF16 }
}
