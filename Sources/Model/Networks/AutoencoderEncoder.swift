import Compute

/// The encoder of an autoencoder, which turns images into latents (latent diffusion's
/// autoencoder.py, `encode`).
package struct AutoencoderEncoder: Network {
  package let configuration: AutoencoderConfiguration
  private let trunk: AutoencoderTrunk
  private let quantConvolution: ConvolutionLayer?
  /// The codes [K, C] that the latents are replaced by, if the encoder does this.
  private let codes: Parameter?

  package init(_ reader: ParameterReader, _ configuration: AutoencoderConfiguration) {
    self.configuration = configuration
    trunk = .encoder(reader, configuration)
    let moments = configuration.momentCount
    quantConvolution =
      configuration.hasQuantConvolution
      ? ConvolutionLayer(
        reader, "quant_conv", moments * configuration.innerChannels,
        moments * configuration.latentChannels, kernel: 1) : nil
    codes = configuration.quantisesWhenEncoding ? reader.codes(of: configuration) : nil
  }

  /// Appends the network. Its input are images [N, 3, H, W] as planes. Its result in f32, the output
  /// "moments", is [N, 2·C, h, w] as planes, the mean followed by the logarithm of the variance. If
  /// the autoencoder has a table of codes, it is the latents [N, C, h, w] instead.
  ///
  /// Activations between the first and the last 3×3 convolution have the type `type`. The rest is
  /// computed in f32.
  package func describe(in graph: Graph, batch: Int, type: ElementType) -> NetworkPorts {
    let inputs = NetworkInputs(
      graph,
      imagesOnly: Shape(
        batch: batch, height: configuration.imageHeight, width: configuration.imageWidth,
        channels: 3))
    var moments = trunk.forward(graph.pixels(fromPlanes: inputs.images), graph, type: type)
    if let quantConvolution {
      moments = graph.convolution(moments, quantConvolution)
      graph.probe("quant_conv", moments)
    }
    if let codes { moments = graph.nearestCodes(moments, table: codes) }
    let planes = graph.planes(fromPixels: moments)
    graph.output("moments", planes)
    return NetworkPorts(inputs: inputs, result: planes)
  }
}
