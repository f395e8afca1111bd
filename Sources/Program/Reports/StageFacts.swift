import Recipe
import Worker

/// The facts that `plan` shows about a stage of a job.
package struct StageFacts {
  package let stage: Stage
  /// The height and width of the images that the stage enlarges, if it does.
  package let inputSide: Int?
  /// The timesteps in ascending order.
  package let timesteps: [Double]
  /// The number of evaluations of the denoiser for each batch. Some solvers need two per step.
  package let evaluations: Int
  /// The number of evaluations of each network that guides.
  package let guidedEvaluations: Int
  /// The operations of all networks for one image, with those of the decoder.
  package let flopsPerImage: Double
  /// The operations of the decoder for one image, or 0 without one.
  package let decoderFlops: Double
  /// The share of the solver's work in that of a stage that is guided at every evaluation.
  private let shareOfGuidance: Double

  init(_ stage: Stage, index: Int, _ cost: NetworkCost, inputSide: Int?) {
    self.stage = stage
    self.inputSide = inputSide
    timesteps = stage.timesteps
    evaluations = stage.evaluationCount(of: .denoiser)
    guidedEvaluations = stage.evaluationCount(of: .classifier)
    func flops(_ stage: Stage) -> Double {
      stage.networks.filter { $0.part != .decoder }.reduce(0) { sum, network in
        let role = NetworkRole(stage: index, part: network.part)
        return sum
          + (cost.flopsPerImage[role] ?? 0) * Double(stage.evaluationCount(of: network.part))
      }
    }
    var guided = stage
    guided.guidanceInterval = nil
    decoderFlops = cost.flopsPerImage[NetworkRole(stage: index, part: .decoder)] ?? 0
    let (solver, all) = (flops(stage), flops(guided))
    flopsPerImage = solver + decoderFlops
    shareOfGuidance = all > 0 ? solver / all : 1
  }

  /// Returns the number of batches that make `count` images.
  package func batches(forImages count: Int) -> Int {
    (count + stage.batchSize - 1) / stage.batchSize
  }

  /// Returns the time that the stage takes for `count` images in seconds.
  ///
  /// - Parameter timing: the time of a step with guidance. A stage may guide only some of its steps.
  func seconds(forImages count: Int, _ timing: StepTiming) -> Double {
    Double(batches(forImages: count)) * timing.seconds * Double(timesteps.count) * shareOfGuidance
      + Double(count) * (timing.decoderSeconds ?? 0)
  }
}
