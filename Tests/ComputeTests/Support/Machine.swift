import Compute

/// The abilities of the processor, as far as DNNL_MAX_CPU_ISA permits them.
enum Machine {
  /// The element types of convolutions and matrix products.
  static let productTypes: [ElementType] = Processor.canComputeBF16 ? [.f32, .bf16] : [.f32]
}
