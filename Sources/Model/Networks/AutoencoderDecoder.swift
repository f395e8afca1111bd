import Compute

/// The decoder of an autoencoder, which turns latents into images (latent diffusion's
/// autoencoder.py, `decode`).
package struct AutoencoderDecoder: Network {
  package let configuration: AutoencoderConfiguration
  /// The codes [K, C] that the latents are replaced by, if the decoder does this.
  private let codes: Parameter?
  private let postQuantConvolution: ConvolutionLayer?
  private let trunk: AutoencoderTrunk

  package init(_ reader: ParameterReader, _ configuration: AutoencoderConfiguration) {
    self.configuration = configuration
    codes = configuration.quantisesWhenDecoding ? reader.codes(of: configuration) : nil
    postQuantConvolution =
      configuration.hasPostQuantConvolution
      ? ConvolutionLayer(
        reader, "post_quant_conv", configuration.latentChannels, configuration.innerChannels,
        kernel: 1) : nil
    trunk = .decoder(reader, configuration)
  }

  /// Appends the network. Its input are latents [N, C, h, w] as planes, without the scale of a
  /// diffusion model. Its result, the output "images", is [N, 3, H, W] as planes in f32.
  ///
  /// The search for codes and the 1×1 convolution after it are computed in f32. Activations between
  /// the first and the last 3×3 convolution have the type `type`.
  package func describe(in graph: Graph, batch: Int, type: ElementType) -> NetworkPorts {
    let inputs = NetworkInputs(
      graph,
      imagesOnly: Shape(
        batch: batch, height: configuration.latentHeight, width: configuration.latentWidth,
        channels: configuration.latentChannels))
    var latents = graph.pixels(fromPlanes: inputs.images)
    if let codes {
      latents = graph.nearestCodes(latents, table: codes)
      graph.probe("quantize", latents)
    }
    if let postQuantConvolution {
      latents = graph.convolution(latents, postQuantConvolution)
      graph.probe("post_quant_conv", latents)
    }
    let images = graph.planes(fromPixels: trunk.forward(latents, graph, type: type))
    graph.output("images", images)
    return NetworkPorts(inputs: inputs, result: images)
  }
}

extension ParameterReader {
  /// The codes of an autoencoder with a table, [K, C].
  func codes(of configuration: AutoencoderConfiguration) -> Parameter {
    parameter(
      "quantize.embedding.weight", [configuration.codeCount!, configuration.latentChannels])
  }
}
