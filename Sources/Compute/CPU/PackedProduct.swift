import COneDNN

/// A product C = A·B on one thread. A is dense, B is packed from rows that are `pitch` elements
/// apart, and C is dense and f32.
///
/// With a packed B, oneDNN uses its batch-reduce kernels, including AMX. With a strided B it would
/// not.
struct PackedProduct {
  private let product: Primitive
  private let packing: Primitive

  /// A is [rows × inner]. B is [inner × columns], or given as [columns × inner] if `transposed`.
  init(
    rows: Int, columns: Int, inner: Int, pitch: Int, transposed: Bool = false,
    accumulates: Bool = false, type: ElementType, packedFrom plainType: ElementType? = nil,
    label: String
  ) throws {
    product = try Primitive(
      matmul: dmpi_matmul(
        rows: Int64(rows), columns: Int64(columns), inner: Int64(inner), lda: Int64(inner),
        ldb: Int64(pitch), ldc: Int64(columns),
        transposes_b: transposed ? 1 : 0, accumulates: accumulates ? 1 : 0,
        source: type.libraryType, destination: DMPI_F32), label: label)
    packing = try Primitive(packing: product, type: plainType ?? type, label: label)
  }

  var packedBytes: Int { product.packedBytes }
  var packedLayout: String { product.packedLayout }
  var scratchBytes: Int { product.scratchBytes }

  func pack(_ plain: UnsafeRawPointer, into packed: UnsafeMutableRawPointer) -> Int32 {
    dmpi_packing_run(packing.handle, plain, packed)
  }

  func run(
    _ a: UnsafeRawPointer, _ packed: UnsafeRawPointer, _ c: UnsafeMutableRawPointer,
    _ scratch: UnsafeMutableRawPointer
  ) -> Int32 {
    dmpi_matmul_run(product.handle, a, packed, c, scratch)
  }

  /// Throws an error that names the operation, unless the status is success.
  func check(_ status: Int32) throws { try product.check(status) }
}
