import Foundation
import Job
import Machine
import Recipe
import Wording

/// Refuses a job that does not fit in memory, before any rank has allocated it. Otherwise the
/// system would kill a rank in the middle of the job.
package struct MemoryCheck {
  private let recipe: SamplingRecipe
  private let sharesWeights: Bool
  private let rooms: [HostMemory]
  private let threads: Int

  /// - Parameters:
  ///   - sharesWeights: whether there is a cache of packed weights.
  ///   - placements: the placement of every rank, before it has allocated anything.
  package init(
    _ recipe: SamplingRecipe, sharesWeights: Bool, placements: [Placement],
    teams: [ThreadAssignment]
  ) {
    self.recipe = recipe
    self.sharesWeights = sharesWeights
    rooms = HostMemory.all(of: placements, teams: teams)
    threads = teams.map(\.threads).max() ?? 1
  }

  /// - Throws: a usage failure that names the largest batch size that fits or, if none does, the
  ///   number of ranks.
  package func check() throws(Failure) {
    let need = need(recipe.batchSize)
    guard let room = rooms.first(where: { !$0.holds(need) }) else { return }
    throw Failure(
      "batches of \(recipe.batchSize) do not fit in memory: \(demand(need, room)); \(advice())",
      status: .usage)
  }

  private func need(_ batchSize: Int) -> MemoryEstimate {
    MemoryEstimate(
      recipe.limitingBatches(to: batchSize), threads: threads, sharesWeights: sharesWeights)
  }

  private func demand(_ need: MemoryEstimate, _ room: HostMemory) -> String {
    guard room.fitsAddressSpace(need) else {
      return
        "a rank needs about \(ByteText.memory(need.addressSpace)) of address space, and on \(room.host) "
        + "it has \(ByteText.memory(room.addressSpace ?? 0)) left (ulimit -v)"
    }
    let ranks = counted(room.ranks, "rank")
    let times = room.copies == 1 ? "once" : "\(room.copies) times"
    let shared =
      need.shared > 0 ? ", and \(ByteText.memory(need.shared)) of weights \(times)" : ""
    let total = ByteText.memory(need.bytes(ranks: room.ranks, copies: room.copies))
    return
      "\(room.host) has \(ByteText.memory(room.memory ?? 0)) for \(ranks), which need about \(total) "
      + "(\(ByteText.memory(need.rank)) each\(shared))"
  }

  private func advice() -> String {
    // Finds the largest batch that fits, or none. More images never take less memory.
    var (fits, tooLarge) = (0, recipe.batchSize)
    while tooLarge - fits > 1 {
      let middle = (fits + tooLarge) / 2
      let need = need(middle)
      if rooms.allSatisfy({ $0.holds(need) }) { fits = middle } else { tooLarge = middle }
    }
    if fits > 0 {
      let option =
        recipe.stages.count == 1
        ? "--batch-size \(fits)" : "--batch-size \(fits) and --upsampler-batch-size \(fits)"
      return "use \(option), the largest that fits"
    }
    let one = need(1)
    if let ranks = rooms.map({ $0.mostRanks(one) }).min(), ranks > 0 {
      return
        "not even --batch-size 1 fits: start at most \(counted(ranks, "rank")) "
        + "on such a node"
    }
    let least =
      rooms.allSatisfy { $0.fitsAddressSpace(one) } ? one.bytes(ranks: 1) : one.addressSpace
    return
      "not even one rank with --batch-size 1 fits, which takes about \(ByteText.memory(least)): "
      + "use a machine, or a limit, with more memory"
  }
}

extension MemoryEstimate {
  /// The memory of programs and tables that oneDNN makes for each operation, of images being
  /// encoded, and of freed blocks that the heap keeps. Measured in addition to the memory of a rank
  /// at its start: 15 to 50 MiB.
  private static let overhead = 32 << 20
  /// Scratch memory of the operations. Up to 3.5 MiB were measured.
  private static let threadScratch = 4 << 20
  /// Threads that scan the folder, draw the contact sheet and write the final files.
  private static let otherThreads = 3
  /// A stack of 8 MiB and the heap's reserve, or the stack of the sampling thread.
  private static let threadAddressSpace = 72 << 20

  /// - Parameters:
  ///   - threads: the number of threads of a rank.
  ///   - sharesWeights: whether there is a cache of packed weights.
  package init(_ recipe: SamplingRecipe, threads: Int, sharesWeights: Bool) {
    let cost = NetworkCost(recipe)
    let weights = cost.weights
    let working = cost.activationBytes + Self.overhead + threads * Self.threadScratch
    let checkpoints = recipe.networks.map(\.source.path).compactMap {
      try? FileManager.default.attributesOfItem(atPath: $0)[.size] as? Int
    }
    self.init(
      shared: sharesWeights ? weights : 0, rank: working + (sharesWeights ? 0 : weights),
      addressSpace: working + weights + checkpoints.reduce(0, +)
        + (threads + 1 + Self.otherThreads) * Self.threadAddressSpace)
  }
}
