import COneDNN
import Compute

/// What the processor, or as much of it as DNNL_MAX_CPU_ISA leaves, can run.
enum Machine {
  /// oneDNN multiplies bfloat16 from AVX-512 on: natively, or by way of f32.
  static let multipliesBF16 = String(cString: dmpi_instruction_set()).hasPrefix("avx512")

  /// Types of convolutions and matrix products.
  static let productTypes: [ElementType] = multipliesBF16 ? [.f32, .bf16] : [.f32]
}
