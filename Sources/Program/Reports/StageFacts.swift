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
  package let flopsPerImage: Double
  /// The share of the stage's work in that of a stage that is guided at every evaluation.
  private let shareOfGuidance: Double

  init(_ stage: Stage, index: Int, _ cost: NetworkCost, inputSide: Int?) {
    self.stage = stage
    self.inputSide = inputSide
    timesteps = stage.timesteps
    evaluations = stage.evaluationCount(of: .denoiser)
    guidedEvaluations = stage.evaluationCount(of: .classifier)
    func flops(_ stage: Stage) -> Double {
      stage.networks.reduce(0) { sum, network in
        let role = NetworkRole(stage: index, part: network.part)
        return sum
          + (cost.flopsPerImage[role] ?? 0) * Double(stage.evaluationCount(of: network.part))
      }
    }
    var guided = stage
    guided.guidanceInterval = nil
    flopsPerImage = flops(stage)
    let all = flops(guided)
    shareOfGuidance = all > 0 ? flopsPerImage / all : 1
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
  }
}
