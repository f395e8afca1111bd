import ArgumentParser
import Program

/// The options of a job, for `sample` and `plan`.
struct JobOptions: ParsableArguments {
  @OptionGroup(title: "Networks") var networks: NetworkOptions
  @OptionGroup(title: "Images") var images: ImageOptions
  @OptionGroup(title: "Sampling") var sampling: SamplingOptions
  @OptionGroup(title: "Enlarging") var enlarging: UpsamplerOptions
  @OptionGroup(title: "Output") var output: OutputOptions
  @OptionGroup(title: "Running") var running: RunOptions

  /// - Throws: a `Failure` for options of guided-diffusion that have no meaning here.
  func request() throws -> JobRequest {
    var request = JobRequest(networks: networks.request, format: output.outputFormat)
    request.images = images.planOptions
    request.slice = running.chosenSlice
    request.sampling = try sampling.request()
    request.upsamplers = enlarging.requests(precision: sampling.precision)
    request.baseSamples = enlarging.baseSamples
    request.format.keepsBase = enlarging.keepBase ? true : nil
    request.notes = try TypedCommand.translation.get().notes
    return request
  }

  var settings: RunSettings { output.settings(running) }
}
