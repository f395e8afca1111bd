import Compute
import Testing

@Suite struct PoolingTests {
  @Test(arguments: all)
  func `a pooling operation equals the plain loops`(_ operation: OperationCase) throws {
    try operation.check()
  }

  static let all: [OperationCase] = typed + means + tokens + likelihoods

  private static let sizes = [(1, 1, 32), (3, 5, 31), (8, 8, 64), (17, 19, 5)]

  static let typed: [OperationCase] = ElementType.allCases.flatMap { type in
    sizes.flatMap { height, width, channels in
      [
        OperationCase("pixel mean \(height)×\(width)×\(channels)", type) { experiment in
          let x = experiment.input(height: height, width: width, channels: channels, type)
          return .init(output: experiment.graph.pixelMean(x)) {
            Reference.pixelMean(experiment.reference(x))
          }
        },
        meanGradient(height, width, channels, type, adds: false),
        meanGradient(height, width, channels, type, adds: true),
      ]
    }
  }

  private static func meanGradient(
    _ height: Int, _ width: Int, _ channels: Int, _ type: ElementType, adds: Bool
  ) -> OperationCase {
    let name = "pixel mean gradient \(height)×\(width)×\(channels)\(adds ? " adding" : "")"
    return OperationCase(name, type) { experiment in
      let dy = experiment.input(channels: channels + 9)
      let base = experiment.input(height: height, width: width, channels: channels, type)
      let output = experiment.graph.pixelMeanBackward(
        dy, offset: 4, shape: base.shape, type: type, adding: adds ? base : nil)
      return .init(output: output) {
        let dx = Reference.pixelMeanBackward(
          experiment.reference(dy), offset: 4, shape: base.shape)
        return adds ? dx + experiment.reference(base) : dx
      }
    }
  }

  static let means: [OperationCase] = [
    OperationCase("pixel means of three sizes and both types") { experiment in
      let sources = [
        experiment.input(height: 8, width: 8, channels: 32),
        experiment.input(height: 3, width: 1, channels: 31, .bf16),
        experiment.input(channels: 96),
      ]
      return .init(output: experiment.graph.pixelMeans(sources)) {
        Reference.concatenated(sources.map { Reference.pixelMean(experiment.reference($0)) })
      }
    }
  ]

  static let tokens: [OperationCase] = sizes.flatMap { height, width, channels in
    [
      OperationCase("pool tokens \(height)×\(width)×\(channels)") { experiment in
        let x = experiment.input(height: height, width: width, channels: channels)
        let positions = experiment.weight(channels, height * width + 1)
        let output = experiment.graph.poolTokens(x, positions: positions.parameter)
        return .init(output: output) {
          Reference.poolTokens(experiment.reference(x), positions: positions.tensor)
        }
      },
      OperationCase("pool tokens gradient \(height)×\(width)×\(channels)") { experiment in
        let dy = experiment.input(width: height * width + 1, channels: channels)
        var shape = dy.shape
        (shape.height, shape.width) = (height, width)
        let output = experiment.graph.poolTokensBackward(dy, shape: shape)
        return .init(output: output) { [shape] in
          Reference.poolTokensBackward(experiment.reference(dy), shape: shape)
        }
      },
      OperationCase("first token of \(height * width)", tolerance: 0) { experiment in
        let x = experiment.input(width: height * width, channels: channels)
        return .init(output: experiment.graph.firstToken(x)) {
          Reference.firstToken(experiment.reference(x))
        }
      },
      OperationCase("first token gradient of \(height * width)", tolerance: 0) { experiment in
        let dy = experiment.input(channels: channels)
        var shape = dy.shape
        shape.width = height * width
        let output = experiment.graph.firstTokenBackward(dy, shape: shape)
        return .init(output: output) { [shape] in
          Reference.firstTokenBackward(experiment.reference(dy), shape: shape)
        }
      },
    ]
  }

  static let likelihoods: [OperationCase] = [1, 2, 10, 1000].map { classes in
    OperationCase("log-likelihood gradient of \(classes) classes") { experiment in
      let logits = experiment.input(channels: classes, deviation: 4)
      let labels = experiment.labels(below: classes)
      let output = experiment.graph.logLikelihoodGradient(logits, labels: labels)
      return .init(output: output) {
        Reference.logLikelihoodGradient(
          experiment.reference(logits), labels: experiment.reference(labels).elements.map(Int.init))
      }
    }
  }
}
