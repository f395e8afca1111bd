import Foundation
import Job
import Output
import Recipe
import Wording

/// The facts of `plan` as text: images, settings, work, time, memory and disk space.
package struct PlanText {
  private let facts: PlanFacts
  private var job: ResolvedJob { facts.job }

  package init(_ facts: PlanFacts) {
    self.facts = facts
  }

  package var text: String {
    let rows = settingRows + workRows + timeRows + launchRows + storageRows + hashRows
    return TextTable(rows, width: 11).text
  }

  // MARK: - The images

  private var settingRows: [(String, String)] {
    let (recipe, size) = (job.recipe, job.recipe.imageSize)
    return [
      ("model", job.modelDescription),
      ("folder", "\(facts.out), \(formatText)"),
      ("state", facts.folder.text),
      ("images", "\(job.work.count) of \(size)×\(size) pixels\(orderText)"),
    ] + (job.slice.map { [("slice", $0.words(job.work.indices))] } ?? []) + imageRows
      + (job.naming.note.map { [("names", $0)] } ?? []) + [
        ("sampler", recipe.base.solver.text)
      ] + stepRows(facts.base) + facts.stages.dropFirst().flatMap(upsamplerRows)
  }

  private func stepRows(_ facts: StageFacts) -> [(String, String)] {
    [
      (
        "steps",
        "\(facts.timesteps.count), from noise to image: "
          + Self.shortened(facts.timesteps.reversed())
      ),
      ("guidance", facts.stage.guidanceText ?? "none"),
    ] + (facts.stage.threshold == .none ? [] : [("threshold", facts.stage.thresholdText)])
      + (facts.stage.firstStage.map { [("decoder", text($0))] } ?? [])
  }

  private func text(_ firstStage: FirstStage) -> String {
    let (autoencoder, name) = (firstStage.autoencoder, firstStage.source.fileName)
    let latent = autoencoder.latentShape
    return "\(name), latents of \(latent.channels)×\(latent.height)×\(latent.width), "
      + firstStage.precision.rawValue
  }

  private func upsamplerRows(_ facts: StageFacts) -> [(String, String)] {
    let (small, large) = (facts.inputSide ?? 0, facts.stage.imageSide)
    let first = (
      "upsampler",
      "\(facts.stage.denoiser.fileName), from \(small)×\(small) to \(large)×\(large) pixels, "
        + "\(facts.stage.solver.text), batches of \(facts.stage.batchSize)"
    )
    return [first] + stepRows(facts).map { ("", "\($0): \($1)") }
  }

  private var orderText: String {
    job.plan.labelsFile.map { ", labels from \($0)" } ?? job.plan.order.map { ", \($0.rawValue)" }
      ?? ""
  }

  private var formatText: String {
    let format = job.format
    guard format.container == .png else { return "tar, shards of \(format.shardSize) images" }
    return "numbered PNG files, layout \(format.layout.rawValue)"
  }

  private var imageRows: [(String, String)] {
    let (first, last) = facts.listedImages
    let gap = first.count + last.count < job.work.count ? [("", "…")] : []
    return first.map(row) + gap + last.map(row)
  }

  private func row(_ request: ImageRequest) -> (String, String) {
    var text = "\(job.catalog.fileName(of: request.index))  seed \(request.seed)"
    if let label = request.label {
      text += "  label \(label)"
      if let names = job.classNames { text += " (\(names[label].printable))" }
    }
    return ("", text)
  }

  private static func shortened(_ timesteps: [Double]) -> String {
    let numbers = timesteps.map(timestepText)
    guard numbers.count > 9 else { return numbers.joined(separator: ", ") }
    let (head, tail) = (numbers.prefix(4), numbers.suffix(3))
    return head.joined(separator: ", ") + ", … "
      + tail.joined(separator: ", ")
  }

  // MARK: - Work and time

  private var workRows: [(String, String)] {
    let batches = counted(facts.batches, "batch", plural: "batches")
    return [
      ("batches", "\(batches) of up to \(job.recipe.batchSize) images, each on one rank"),
      (
        "ranks",
        "\(counted(facts.ranks, "rank")) × \(counted(facts.team.threads, "thread"))"
          + (facts.ranks == 1 ? " (--ranks N estimates for more)" : "")
      ),
      ("precision", job.recipe.base.precision.rawValue),
      (
        "work",
        "\(WorkText.ofImage(facts.flopsPerImage)) per image; \(evaluations(facts.base))"
      ),
    ]
      + facts.stages.dropFirst().map {
        ("", "\(WorkText.ofImage($0.flopsPerImage)) of them to enlarge it; \(evaluations($0))")
      }
  }

  private func evaluations(_ stage: StageFacts) -> String {
    let batches = stage.batches(forImages: facts.remaining)
    return "\(counted(batches, "batch", plural: "batches")) × \(perBatch(stage)) = "
      + counted(batches * stage.evaluations, "network evaluation")
      + guidedEvaluations(stage, batches: batches)
  }

  private func guidedEvaluations(_ stage: StageFacts, batches: Int) -> String {
    let names = stage.stage.networks.compactMap { network in
      switch network.part {
      case .classifier: "the classifier"
      case .guide: "the guide"
      case .denoiser, .decoder: nil as String?
      }
    }
    guard !names.isEmpty else { return "" }
    let count = stage.guidedEvaluations
    return (count == stage.evaluations ? ", as many of " : ", \(batches * count) of ")
      + names.joined(separator: " and ")
  }

  private func perBatch(_ stage: StageFacts) -> String {
    let steps = stage.timesteps.count
    return steps == stage.evaluations
      ? "\(steps) steps" : "\(stage.evaluations) evaluations in \(steps) steps"
  }

  private var timeRows: [(String, String)] {
    guard let time = facts.time else {
      return [("time", "not estimated\(facts.notTimed.map { ": \($0)" } ?? "")")]
    }
    let estimate = time.estimate
    let batch = DurationText.of(seconds: estimate.secondsPerBatch)
    let size = job.recipe.batchSize
    let image = DurationText.of(seconds: estimate.secondsPerBatch / Double(size))
    let speed = (
      "time", "\(image) per image, \(batch) per batch of \(size) (\(source(time.source)))"
    )
    let parts = time.decoderSeconds.map { decoder in
      let solver = max(0, estimate.secondsPerBatch / Double(size) - decoder)
      return [
        (
          "",
          "of an image: the network \(DurationText.of(seconds: solver)), the decoder "
            + DurationText.of(seconds: decoder)
        )
      ]
    }
    let first = [speed] + (parts ?? [])
    guard facts.remaining > 0 else { return first }
    let lead = estimate.signalLead
    return first + [
      (
        "",
        "\(DurationText.of(seconds: estimate.seconds)) for \(counted(facts.remaining, "image")), "
          + "\(DurationText.hours(seconds: estimate.processorSeconds)) CPU-hours"
          + (facts.ranks == 1 ? "" : ", if ranks do not slow each other down")
      ),
      (
        "",
        "longest batch \(batch): a batch system should signal the job at least \(lead) s before "
          + "the time limit (Slurm: --signal=B:USR1@\(lead))"
      ),
      (
        "",
        "a job that is killed without a signal loses the batches in progress, at most \(batch) of "
          + "each rank (a smaller --batch-size loses less)"
      ),
    ]
  }

  private var launchRows: [(String, String)] {
    let launch = facts.launch
    return [("start with", launch.command)]
      + (launch.slurmCommand.map { [("", "or \($0)")] } ?? []) + [("", launch.text)]
  }

  private func source(_ source: PlanFacts.Time.Source) -> String {
    switch source {
    case .measured(let steps):
      "\(counted(steps, "step")) timed on this machine with "
        + counted(facts.team.threads, "thread")
    case .lastRun(let run):
      "from the last run in this folder: \(String(format: "%.3g", run.imagesPerSecond)) images/s on "
        + "\(counted(run.ranks, "rank")), \(counted(run.threads, "thread")) in all"
    }
  }

  // MARK: - Memory and disk

  private var storageRows: [(String, String)] {
    [
      (
        "memory",
        "about \(ByteText.memory(facts.cost.activationBytes)) per rank, besides the weights"
      )
    ] + weightRows + [("disk", diskText)]
  }

  private var weightRows: [(String, String)] {
    let weights = facts.weights
    guard let cache = weights.cache else {
      return [
        ("weights", "about \(ByteText.binary(weights.bytes)) per rank, packed at every start")
      ]
    }
    return [("weights", "one copy per host, in \(cache.path)")]
      + weights.networks.map { ("", "\($0.name): \(Self.state($0))") }
  }

  private static func state(_ network: PackedState.Network) -> String {
    let (size, threads) = (ByteText.binary(network.bytes), network.packedThreads)
    guard !threads.isEmpty else { return "about \(size), to be packed at the first start" }
    return "\(size), packed for \(threads.map(String.init).joined(separator: ", ")) "
      + (threads == [1] ? "thread per rank" : "threads per rank")
  }

  private var diskText: String {
    let disk = facts.disk
    let need =
      "about \(ByteText.decimal(disk.bytes)) in \(counted(disk.files, "file")) "
      + "(\(ByteText.decimal(disk.bytesPerImage)) per image)"
    guard let room = facts.room else { return need }
    let files = room.files.map { ", room for \($0) files" } ?? ""
    return "\(need); \(ByteText.decimal(room.bytes)) free\(files)"
  }

  private var hashRows: [(String, String)] {
    [("settings", job.settings), ("plan", job.plan.hash)]
      + facts.warnings.map { ("warning", String($0.dropFirst("warning: ".count))) }
  }
}
