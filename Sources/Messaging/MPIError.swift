import COpenMPI

/// An MPI call that failed.
package struct MPIError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The MPI function, such as `MPI_Isend`.
  package let call: String
  /// The MPI library's description of the return code.
  package let reason: String

  /// The MPI error class of the code, such as `MPI_ERR_COUNT`.
  var errorClass: Int32 = 0

  package var description: String {
    "\(call) failed: \(reason); the ranks can no longer talk to each other, so look in mpirun's "
      + "own messages for a rank or a node that was lost, and start the job again"
  }

  /// Throws unless `code` is success. All return codes of MPI are checked here.
  static func check(_ code: Int32, _ call: String) throws(MPIError) {
    guard code != MPI_SUCCESS else { return }
    var text = [CChar](repeating: 0, count: Int(dmpi_max_error_string()) + 1)
    var length: Int32 = 0
    guard MPI_Error_string(code, &text, &length) == MPI_SUCCESS else {
      throw MPIError(call: call, reason: "error code \(code)", errorClass: errorClass(of: code))
    }
    let bytes = text.prefix(Int(length)).map { UInt8(bitPattern: $0) }
    throw MPIError(
      call: call, reason: String(decoding: bytes, as: UTF8.self), errorClass: errorClass(of: code))
  }

  static func lostAtStart(_ rank: Int, _ call: String) -> MPIError {
    MPIError(call: call, reason: "rank \(rank) died while the job was starting")
  }

  static func errorClass(of code: Int32) -> Int32 {
    var errorClass = code
    if code != MPI_SUCCESS { MPI_Error_class(code, &errorClass) }
    return errorClass
  }
}
