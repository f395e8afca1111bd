import COneDNN

/// The capabilities of the processor, as detected by oneDNN.
package enum Processor {
  /// The widest instruction set that is used, such as "avx512_core_amx".
  package static var instructionSet: String { String(cString: dmpi_instruction_set()) }

  /// The instruction sets that can be distinguished, from the narrowest to the widest.
  package static let instructionSets = [
    "sse41", "avx2", "avx512_core", "avx512_core_vnni", "avx512_core_bf16", "avx512_core_amx",
  ]

  /// Uses no wider instruction set than the named one, in this process.
  ///
  /// Must be called before oneDNN is used in any other way, because oneDNN decides once. Afterwards
  /// `instructionSet` is the narrower of this one and the processor's.
  ///
  /// - Returns: whether oneDNN accepted it.
  package static func limitInstructions(to name: String) -> Bool {
    dmpi_limit_instruction_set(name) == 0
  }

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
