import Foundation
import Job

extension Communicator {
  /// Returns rank 0's result of `make` on every rank. A collective call for the start of a job.
  ///
  /// - Parameter make: called on rank 0 only.
  /// - Throws: the failure of rank 0, on every rank. Only rank 0 should print it.
  @discardableResult
  package func share<Value: Codable>(_ make: () throws -> Value) throws -> Value {
    var sent: [UInt8] = []
    if rank == 0 {
      let result = Result(catching: make).mapError { Failure($0) }
      sent = try Array(JSONEncoder().encode(Shared(result)))
    }
    let arrived = try broadcast(sent)
    return try JSONDecoder().decode(Shared<Value>.self, from: Data(arrived)).result.get()
  }

  /// Returns the values of all ranks on every rank, by rank. A collective call for the start of a
  /// job.
  package func gather<Value: Codable>(_ value: Value) throws -> [Value] {
    try allGather(Array(JSONEncoder().encode(value))).map {
      try JSONDecoder().decode(Value.self, from: Data($0))
    }
  }
}

/// A result that can be encoded.
private enum Shared<Value: Codable>: Codable {
  case value(Value)
  case failure(Failure)

  init(_ result: Result<Value, Failure>) {
    switch result {
    case .success(let value): self = .value(value)
    case .failure(let failure): self = .failure(failure)
    }
  }

  var result: Result<Value, Failure> {
    switch self {
    case .value(let value): .success(value)
    case .failure(let failure): .failure(failure)
    }
  }
}
