import Compute

/// The embedding of the timestep and the label, and its projection for every residual block.
///
/// All projections of a step are one matrix product. Blocks register their projections when they
/// are created, and later read their part of its rows.
final class TimeEmbedding {
  private let modelChannels: Int
  private let sinusoids: Sinusoids
  private let first: LinearLayer
  private let second: LinearLayer
  private let labels: Parameter?
  private var projections: [LinearLayer] = []
  private var width = 0

  /// The width of the embedding, which is four times that of the model.
  var channels: Int { 4 * modelChannels }

  init(
    _ reader: ParameterReader, modelChannels: Int, classCount: Int?,
    sinusoids: Sinusoids = Sinusoids()
  ) {
    self.modelChannels = modelChannels
    self.sinusoids = sinusoids
    let channels = 4 * modelChannels
    first = LinearLayer(reader, "time_embed.0", modelChannels, channels)
    second = LinearLayer(reader, "time_embed.2", channels, channels)
    labels = classCount.map { reader.parameter("label_emb.weight", [$0, channels]) }
  }

  /// Adds the projection of a block. Its rows start at the returned offset.
  func register(_ projection: LinearLayer) -> Int {
    defer { width += projection.bias.shape[0] }
    projections.append(projection)
    return width
  }

  /// timesteps [N] (and labels [N]) → the projections' rows, [N, 1, 1, width].
  func rows(_ graph: Graph, timesteps: Value, labels: Value?) -> Value {
    let waves = graph.timestepEmbedding(timesteps, channels: modelChannels, sinusoids)
    let hidden = graph.silu(graph.linear(waves, first))
    var labelRows: Value?
    if let table = self.labels, let labels {
      labelRows = graph.labelEmbedding(labels, table: table)
    }
    let embedding = graph.linear(hidden, second, adding: labelRows)
    if labelRows == nil { graph.probe("time_embed", embedding) }
    return graph.linear(
      graph.silu(embedding),
      weights: .concatenated(projections.map(\.weights), name: "emb_layers"),
      bias: .concatenated(projections.map(\.bias), name: "emb_layers"))
  }
}

extension LayerDetails {
  var sinusoids: Sinusoids { Sinusoids(sinesFirst: sinesFirst, shift: frequencyShift) }
}
