import Cache
import Compute
import Foundation
import Job
import Messaging
import Model
import Output
import Worker

/// A job in words: which images, how, how much work and memory.
struct PlanText {
  private let job: ResolvedJob
  private let out: String
  private let cache: CacheFolder?
  private let team: Team

  /// Images whose label and seed are shown at either end.
  private static let shownImages = 5

  /// - Parameters:
  ///   - out: the folder to write to.
  ///   - cache: where packed weights are kept, if anywhere.
  ///   - team: that of one rank alone on this machine.
  init(_ job: ResolvedJob, out: String, cache: CacheFolder?, team: Team) {
    self.job = job
    self.out = out
    self.cache = cache
    self.team = team
  }

  var text: String {
    let recipe = job.recipe
    let plan = job.plan
    let batches = (plan.count + recipe.batchSize - 1) / recipe.batchSize
    let cost = NetworkCost(recipe)
    let timesteps = (try? recipe.makeSampler().diffusion.timesteps) ?? []
    let size = recipe.unet.configuration.imageSize
    let rows: [(String, String)] =
      [
        ("model", job.modelDescription),
        ("folder", "\(out), \(formText)"),
        ("images", "\(plan.count) of \(size)×\(size) pixels\(orderText)"),
      ] + imageRows + (job.naming.note.map { [("names", $0)] } ?? []) + [
        ("sampler", samplerText),
        ("steps", "\(timesteps.count), of noise to image: \(Self.shortened(timesteps.reversed()))"),
        (
          "guidance",
          recipe.classifier == nil ? "none" : "classifier, scale \(recipe.classifierScale)"
        ),
        ("batches", "\(batches) of up to \(recipe.batchSize) images, each on one rank"),
        ("ranks", "without mpirun \(TeamsText([team]).text)"),
        ("precision", recipe.precision.rawValue),
        ("work", Self.work(cost.flopsAnImage * Double(timesteps.count)) + " an image"),
        ("memory", "about \(cost.activationBytes >> 20) MiB a rank, besides the weights"),
      ] + WeightsText(recipe, cost, cache).rows + [("settings", recipe.hash), ("plan", plan.hash)]
    return rows.map { name, value in
      name.padding(toLength: 11, withPad: " ", startingAt: 0) + value
    }.joined(separator: "\n")
  }

  private var orderText: String {
    job.plan.labelsFile.map { ", labels from \($0)" } ?? job.plan.order.map { ", \($0.rawValue)" }
      ?? ""
  }

  private var samplerText: String {
    job.recipe.sampler == .ddim ? "ddim, eta \(job.recipe.eta)" : job.recipe.sampler.rawValue
  }

  private var formText: String {
    let format = job.format
    guard format.container == .png else { return "tar, shards of \(format.shardSize) images" }
    return "numbered PNG files, layout \(format.layout.rawValue)"
  }

  private var imageRows: [(String, String)] {
    let count = job.plan.count
    let head = 0..<min(count, Self.shownImages)
    let tail = max(head.upperBound, count - Self.shownImages)..<count
    let gap = tail.lowerBound > head.upperBound ? [("", "…")] : []
    return head.map(row) + gap + tail.map(row)
  }

  private func row(_ index: Int) -> (String, String) {
    let request = job.plan[index]
    var text = "\(ImageRecord.fileName(index: index))  seed \(request.seed)"
    if let label = request.label {
      text += "  label \(label)"
      if let names = job.classNames { text += " (\(names[label].shown))" }
    }
    return ("", text)
  }

  private static func work(_ flops: Double) -> String {
    flops < 1e12
      ? String(format: "%.0f GFLOP", flops / 1e9) : String(format: "%.1f TFLOP", flops / 1e12)
  }

  private static func shortened(_ numbers: [Int]) -> String {
    guard numbers.count > 9 else { return numbers.map(String.init).joined(separator: ", ") }
    let (head, tail) = (numbers.prefix(4), numbers.suffix(3))
    return head.map(String.init).joined(separator: ", ") + ", … "
      + tail.map(String.init).joined(separator: ", ")
  }
}
