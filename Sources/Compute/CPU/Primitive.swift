import COneDNN

/// A oneDNN primitive, destroyed with its last owner.
package final class Primitive {
  package let handle: OpaquePointer
  private let label: String

  package init(convolution shape: dmpi_convolution, label: String) throws {
    self.label = label
    var shape = shape
    var handle: OpaquePointer?
    try Self.check(dmpi_convolution_create(&shape, &handle), label)
    self.handle = handle!
  }

  init(matmul shape: dmpi_matmul, label: String) throws {
    self.label = label
    var shape = shape
    var handle: OpaquePointer?
    try Self.check(dmpi_matmul_create(&shape, &handle), label)
    self.handle = handle!
  }

  /// Creates a primitive that packs B of `product` from plain elements of `type`.
  init(packing product: Primitive, type: ElementType, label: String) throws {
    self.label = label
    var handle: OpaquePointer?
    try Self.check(dmpi_packing_create(product.handle, type.libraryType, &handle), label)
    self.handle = handle!
  }

  deinit { dmpi_primitive_destroy(handle) }

  package var scratchBytes: Int { dmpi_scratch_bytes(handle) }
  package var packedBytes: Int { dmpi_packed_bytes(handle) }
  /// The layout of packed weights. Weights that are packed for one primitive can be used by another
  /// with the same layout.
  var packedLayout: String {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { text in
      dmpi_packed_layout(handle, text.baseAddress, text.count)
      return String(cString: text.baseAddress!)
    }
  }

  /// Throws an error that names the operation, unless the status is success.
  package func check(_ status: Int32) throws { try Self.check(status, label) }

  private static func check(_ status: Int32, _ label: String) throws {
    guard status == 0 else {
      throw ComputeError.library(
        operation: label, status: String(cString: dmpi_status_name(status)))
    }
  }
}
