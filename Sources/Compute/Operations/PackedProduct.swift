import COneDNN

/// A product C = A·B of one thread: A dense, B packed from rows that lie `pitch` elements apart,
/// C dense and f32.
///
/// Packed, oneDNN multiplies with its batch-reduce kernels, AMX among them; strided, it would not.
struct PackedProduct {
  private let product: Primitive
  private let packing: Primitive

  /// A [rows × inner], B [inner × columns], given as [columns × inner] when `transposed`.
  init(
    rows: Int, columns: Int, inner: Int, pitch: Int, transposed: Bool = false,
    accumulates: Bool = false, type: ElementType, packedFrom plainType: ElementType? = nil,
    label: String
  ) throws {
    product = try Primitive(
      matmul: dmpi_matmul(
        rows: Int64(rows), columns: Int64(columns), inner: Int64(inner), lda: Int64(inner),
        ldb: Int64(pitch), ldc: Int64(columns), transposes_a: 0,
        transposes_b: transposed ? 1 : 0, packs_b: 1, accumulates: accumulates ? 1 : 0,
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

  /// Turns a status into an error that names the operation.
  func check(_ status: Int32) throws { try product.check(status) }
}
