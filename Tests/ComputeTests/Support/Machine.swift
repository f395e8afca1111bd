import Compute

/// What the processor, or as much of it as DNNL_MAX_CPU_ISA leaves, can run.
enum Machine {
  /// Types of convolutions and matrix products.
  static let productTypes: [ElementType] = Processor.canComputeBF16 ? [.f32, .bf16] : [.f32]
}
