import Diffusion
import Foundation
import Job
import Machine
import Recipe
import Wording
import Worker

/// The teams of all ranks as text, such as `2 ranks × 1 thread, pinned to CPUs 0, 1`.
package struct TeamsText {
  private let teams: [ThreadAssignment]

  /// The largest number of ranks whose CPUs are listed. More would not fit in a line.
  private static let listedRanks = 8

  /// - Parameter teams: by rank, at least one.
  package init(_ teams: [ThreadAssignment]) {
    self.teams = teams
  }

  package var text: String { "\(ranks)\(hosts) × \(threads)\(processors)" }

  private var ranks: String { counted(teams.count, "rank") }

  private var hosts: String {
    let count = Set(teams.map(\.host)).count
    return count == 1 ? "" : " on \(count) hosts"
  }

  private var threads: String {
    let counts = teams.map(\.threads)
    let (least, most) = (counts.min() ?? 1, counts.max() ?? 1)
    return (least == most ? "" : "\(least) to ") + counted(most, "thread")
  }

  private var processors: String {
    guard teams.allSatisfy({ !$0.processors.isEmpty }) else { return "" }
    let arePinned = teams.contains { $0.isPinned && $0.processors.count > 1 }
    let verb = arePinned ? ", each thread pinned to a CPU" : ", pinned to"
    guard hosts.isEmpty, teams.count <= Self.listedRanks else {
      return arePinned ? verb : "\(verb) CPUs of their own"
    }
    let count = teams.reduce(0) { $0 + $1.processors.count }
    return "\(verb)\(arePinned ? " of" : "") \(count == 1 ? "CPU" : "CPUs") "
      + teams.map(\.processorList).joined(separator: ", ")
  }
}

extension ThreadAssignment {
  /// The CPUs as the kernel lists them: `0-3,8`.
  package var processorList: String { NumberRanges(processors.sorted()).text }
}

extension SolverSettings {
  /// The solver with its own settings, such as `ddim, eta 0.0`.
  package var text: String {
    let settings: [String] =
      switch method {
      case .ddpm, .consistency, .plms, .euler, .eulerMaruyama: []
      case .ddim(let eta): ["eta \(eta)"]
      case .dpmpp2M(let multistep, let eta): (eta == 0 ? [] : ["eta \(eta)"]) + multistep.texts
      case .uniPC(let multistep, let order): ["order \(order)"] + multistep.texts
      case .heun(let churn): churn.amount == 0 ? [] : [churn.text]
      }
    return ([method.name.rawValue] + settings).joined(separator: ", ")
  }

  /// The steps in the notation of `--steps`, or `all`.
  package var stepsText: String { steps.isEmpty ? "all" : steps }
}

extension Stage {
  /// The guides in words, such as `classifier, scale 1.0`, with the noise levels at which they act.
  package var guidanceText: String? {
    guard !guides.isEmpty else { return nil }
    let texts = guides.map { guide in
      switch guide {
      case .classifier(_, let scale): "classifier, scale \(scale)"
      case .classifierFree(let scale): "classifier-free, scale \(scale)"
      case .network(let source, _, let scale): "\(source.fileName), scale \(scale)"
      }
    }
    let levels = guidanceInterval.map { ", for σ̂ from \($0.lowest) to \($0.highest)" } ?? ""
    return texts.joined(separator: "; ") + levels
  }

  /// How the stage enlarges images, in words.
  package var enlargementText: String {
    let side = shape.width
    return
      "enlarged to \(side)×\(side): \(solver.method.name.rawValue), steps \(solver.stepsText), "
      + "\(guidanceText ?? "unguided"), batches of \(batchSize)"
  }

  /// The timesteps at which the networks are evaluated, in ascending order.
  package var timesteps: [Double] { (try? makeSolver().timesteps) ?? [] }

  /// Returns the number of evaluations of a network for each image.
  package func evaluationCount(of part: NetworkRole.Part) -> Int {
    (try? evaluationCount(of: part, makeSolver())) ?? 0
  }

  /// The threshold in words.
  package var thresholdText: String {
    threshold.kind.rawValue + (threshold.percentile.map { ", \($0)" } ?? "")
  }
}

extension NetworkSource {
  /// The last part of the path.
  package var fileName: String { lastPart(of: path) }
}

extension SamplesSource {
  /// The last part of the path.
  var fileName: String { lastPart(of: path) }
}

extension LatentsSource {
  /// The last part of the path.
  var fileName: String { lastPart(of: path) }
}

private func lastPart(of path: String) -> String {
  path.split(separator: "/").last.map(String.init) ?? path
}

extension SolverSettings.Multistep {
  /// The settings that differ from those of other jobs, such as `log-snr`.
  fileprivate var texts: [String] {
    [
      spacing?.rawValue, end == .zero ? nil : "final \(end.rawValue)",
      lowersOrderAtEnd ? nil : "full order to the end",
    ].compactMap(\.self)
  }
}

extension Heun.Churn {
  fileprivate var text: String {
    let bounds =
      range == Self.none.range ? "" : " from \(range.lowerBound) to \(range.upperBound)"
    return "churn \(amount)\(bounds)\(noise == 1 ? "" : ", noise \(noise)")"
  }
}

extension Solver {
  /// The timesteps at which the networks are evaluated, in ascending order.
  package var timesteps: [Double] { nodes.map(\.index).reversed() }
}

/// Returns a timestep as text, without a fraction if it is a whole number, else with two digits.
package func timestepText(_ timestep: Double) -> String {
  Int(exactly: timestep).map { "\($0)" } ?? String(format: "%.2f", timestep)
}

extension SamplingRecipe {
  /// Returns a short name for everything that affects the images, except their labels and seeds.
  package func settings(isPainted: Bool) -> String {
    isPainted ? PaintingMaker.settings(of: self) : hash
  }
}

/// The result of one start of a job, such as `100 images in 32.1 s, 3.12 images/s, ended
/// 2026-11-26T10:20:30Z`.
package struct RunText {
  package let made: Int
  package let seconds: Double

  package var text: String {
    "\(images) in \(DurationText.taken(seconds: seconds)), \(rate), ended \(ended)"
  }

  private var ended: String { ISO8601DateFormatter().string(from: Date()) }

  private var images: String { counted(made, "image", isGrouped: true) }

  private var rate: String {
    let rate = Double(made) / max(seconds, 1e-9)
    return rate < 0.1
      ? String(format: "%.1f s per image", 1 / rate) : String(format: "%.2f images/s", rate)
  }
}
