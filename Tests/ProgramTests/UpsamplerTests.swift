import Arguments
import Cache
import Checkpoint
import Foundation
import Job
import Model
import Output
import Program
import TestSupport
import Testing

/// Jobs with a network that enlarges images of the bundled model from 32×32 to 64×64 pixels.
@Suite("Networks that enlarge images") struct UpsamplerTests {
  private static func file(_ name: String) -> String {
    let folder = try? BadFiles.folder()
    return folder!.appending(path: name).path
  }

  private func request(
    _ upsampler: String = "upsampler.safetensors", flags: String = BundledUpsampler.flags
  ) -> JobRequest {
    var request = JobRequest(networks: .init(model: "fashion-mnist"), format: OutputFormat())
    request.images.numSamples = 5
    request.sampling.steps = "ddim5"
    var networks = JobRequest.Networks(model: Self.file(upsampler))
    networks.modelFlags = flags
    request.upsamplers = [JobRequest.Upsampler(networks: networks)]
    return request
  }

  private func refused(_ request: JobRequest, _ status: Int32, says: String...) throws {
    let failure = try #require(throws: Failure.self) {
      try ResolvedJob(request, hashes: FileHashes(nil))
    }
    #expect(failure.status.rawValue == status, "\(failure)")
    for part in says { #expect(failure.message.contains(part), "\(failure.message)") }
  }

  @Test
  func `an upsampler follows the model, with the settings of its authors`() throws {
    let job = try ResolvedJob(request(), hashes: FileHashes(nil))
    #expect(job.recipe.stages.count == 2 && job.recipe.imageSize == 64)
    let stage = job.recipe.stages[1]
    #expect(stage.input == .images && stage.solver.method.name == .ddpm)
    #expect(stage.solver.steps == "250" && stage.batchSize == 4)
    #expect(job.recipe.noiseSeed(7, stage: 0) == 7)
    #expect(job.recipe.noiseSeed(7, stage: 1) == 2_654_435_776)
    #expect(job.recipe.noiseSeed(3_000_000_000, stage: 1) == 1_359_468_473)
    #expect(job.summary.contains("enlarged to 64×64"))
  }

  @Test
  func `upsamplers follow each other, and their noise is their own`() throws {
    var request = request()
    var second = request.upsamplers[0]
    second.networks.modelFlags = BundledUpsampler.flags
      .replacing("--large_size 64 --small_size 32", with: "--large_size 128 --small_size 64")
      .replacing("--attention_resolutions 16", with: "--attention_resolutions 32")
    second.sampling.steps = "8"
    request.upsamplers.append(second)
    let recipe = try ResolvedJob(request, hashes: FileHashes(nil)).recipe
    #expect(recipe.stages.map(\.shape.width) == [32, 64, 128])
    #expect((0..<3).map { recipe.inputSide(ofStage: $0) } == [nil, 32, 64])
    #expect(recipe.stages.map(\.solver.steps) == ["ddim5", "250", "8"])
    #expect(recipe.noiseSeed(0, stage: 2) == 1_013_904_242)
    request.upsamplers.swapAt(0, 1)
    try refused(request, 65, says: "enlarges images of 64×64 pixels, but those of the model")
  }

  @Test
  func `inspect says what an upsampler enlarges and how to run it`() throws {
    let model = try ModelFile(Self.file("upsampler.safetensors"))
    let file = model.file
    let flags = try ModelFlags(parsing: BundledUpsampler.flags, as: .upsampler)
    let description = try model.description(flags: flags, isUpsampler: nil)
    let options = "--model \(file.path) --model-flags \"…\""
    let text = try CheckpointText(file).model(
      description, command: CheckpointText.command(options, description))
    #expect(text.contains("super-resolution UNet: enlarges images of 32×32 pixels"))
    #expect(text.contains("diffuse-mpi --model MODEL --upsampler \(file.path)"))
    #expect(text.contains("--upsampler-flags"))
  }

  @Test
  func `the recipe of a cascade stays the same in JSON`() throws {
    let recipe = try ResolvedJob(request(), hashes: FileHashes(nil)).recipe
    let json = try JSONEncoder().encode(recipe)
    let decoded = try JSONDecoder().decode(type(of: recipe), from: json)
    #expect(decoded == recipe && decoded.hash == recipe.hash)
    try decoded.validate()
    var reversed = recipe
    reversed.stages.reverse()
    #expect(throws: (any Error).self) { try reversed.validate() }
  }

  @Test(arguments: [
    (" --small_size 16", "enlarges images of 16×16 pixels", "have 32×32"),
    (" --large_size 32 --attention_resolutions 8 --small_size 8", "of 8×8", "32×32"),
  ])
  func `an upsampler of another size is refused`(flags: String, large: String, small: String) throws
  {
    try refused(request(flags: BundledUpsampler.flags + flags), 65, says: large, small)
  }

  @Test
  func `an upsampler that does not fit the model is refused with what to do`() throws {
    try refused(
      request("upsampler-seven-classes.safetensors"), 65, says: "7 classes, the model 10")
    try refused(request("unet.safetensors"), 65, says: "takes three channels")
    try refused(
      request(flags: "--image_size 64"), 64, says: "--upsampler-flags",
      "--large_size and --small_size")
    var unlabelled = request()
    unlabelled.networks.model = Self.file("unet-unconditional.safetensors")
    unlabelled.networks.modelFlags = Bundled.modelFlags.replacing(
      "--class_cond True", with: "--class_cond False")
    try refused(unlabelled, 65, says: "needs the class of every image")
    var model = request()
    model.upsamplers = []
    model.networks.model = Self.file("upsampler.safetensors")
    try refused(model, 65, says: "super-resolution", "--upsampler")
  }

  @Test
  func `settings of an upsampler are refused with the names of its options`() throws {
    var steps = request()
    steps.upsamplers[0].sampling.steps = "abc"
    try refused(steps, 64, says: "--upsampler-steps")
    var batch = request()
    batch.upsamplers[0].sampling.batchSize = 0
    try refused(batch, 64, says: "--upsampler-batch-size is 0")
    var scale = request()
    scale.upsamplers[0].networks.classifierScale = 2
    try refused(
      scale, 64, says: "--upsampler-classifier-scale needs a classifier",
      "--upsampler-classifier")
    var kept = request()
    kept.upsamplers = []
    kept.format.keepsBase = true
    try refused(kept, 64, says: "--keep-base", "--upsampler")
    var samples = request()
    samples.baseSamples = Self.file("absent.npz")
    try refused(samples, 66, says: "absent.npz")
  }

  // MARK: - Images that exist

  /// A folder of `count` grey PNG files of 32×32 pixels, by class if there are labels.
  private func images(_ count: Int, classes: [Int]? = nil, in folder: TemporaryFolder) throws {
    for index in 0..<count {
      let image = RGBImage(width: 32, height: 32, grey: UInt8(index))
      let parent = classes.map { "\($0[index])/" } ?? ""
      try FileManager.default.createDirectory(
        atPath: "\(folder.url.path)/\(parent)", withIntermediateDirectories: true)
      try image.pngData().write(to: URL(filePath: "\(folder.url.path)/\(parent)\(index).png"))
    }
  }

  @Test
  func `image i of a job is made from image i, with its label`() throws {
    let folder = try TemporaryFolder()
    try images(3, classes: [1, 4, 4], in: folder)
    var request = request()
    request.baseSamples = folder.url.path
    request.images.numSamples = nil
    let job = try ResolvedJob(request, hashes: FileHashes(nil))
    #expect(job.recipe.stages.count == 1 && job.recipe.samples?.side == 32)
    #expect((0..<3).map { job.plan[$0].label } == [1, 4, 4])
    #expect((0..<3).map { job.plan[$0].seed } == [0, 1, 2])
    #expect(job.recipe.noiseSeed(0, stage: 0) == 2_654_435_769)
    request.images.seeds = "5,9"
    #expect(try ResolvedJob(request, hashes: FileHashes(nil)).plan.count == 2)
    request.images.seeds = "0-3"
    try refused(request, 64, says: "there are 3 images", "4 were asked for")
  }

  @Test
  func `labels that images lack can be given, and must be if the network needs them`() throws {
    let folder = try TemporaryFolder()
    try images(3, in: folder)
    var request = request()
    request.baseSamples = folder.url.path
    request.images.numSamples = nil
    try refused(request, 65, says: "has no labels", "--labels")
    request.images.labels = "3,1,2"
    let plan = try ResolvedJob(request, hashes: FileHashes(nil)).plan
    #expect((0..<3).map { plan[$0].label } == [3, 1, 2])
    request.upsamplers = []
    try refused(request, 64, says: "--base-samples needs a network", "--upsampler")
  }
}
