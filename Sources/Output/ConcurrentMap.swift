import Foundation
import Synchronization
import Threads

/// What `transform` makes of each element, in their order, computed on all processors, or on as many
/// threads as can be created.
///
/// - Throws: the first error in the order of the elements, after all were tried.
func concurrentMap<Element: Sendable, Result: Sendable>(
  _ elements: [Element], _ transform: @escaping @Sendable (Element) throws -> Result
) throws -> [Result] {
  let results = Mutex([Swift.Result<Result, any Error>?](repeating: nil, count: elements.count))
  concurrently(elements.count) { place in
    let result = Swift.Result { try transform(elements[place]) }
    results.withLock { $0[place] = result }
  }
  return try results.withLock { try $0.map { try $0!.get() } }
}
