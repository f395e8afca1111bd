import COneDNN

/// The capabilities of the processor, as detected by oneDNN.
package enum Processor {
  /// The widest instruction set that is used, such as "avx512_core_amx".
  package static var instructionSet: String { String(cString: dmpi_instruction_set()) }

  /// Whether bfloat16 products are native. Otherwise bf16 is slower than f32, or impossible.
  package static var hasNativeBF16: Bool { dmpi_has_native_bf16() != 0 }

  /// Whether bfloat16 is multiplied in tiles (AMX), which is about eight times as fast as f32.
  package static let hasAMX = instructionSet.hasSuffix("amx")

  /// Whether pairs of 16-bit integers are multiplied and added in one instruction (AVX512-VNNI).
  package static let hasIntegerProducts = dmpi_has_integer_products() != 0

  /// Whether bfloat16 works at all.
  package static var canComputeBF16: Bool { instructionSet.hasPrefix("avx512") }

  /// The version of oneDNN at run time.
  package static var libraryVersion: String { String(cString: dmpi_onednn_version()) }
}
