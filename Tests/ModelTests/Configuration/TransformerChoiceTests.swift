import Checkpoint
import Diffusion
import Model
import Testing

/// The settings of diffusion transformers, from their files.
@Suite struct TransformerChoiceTests {
  @Test(arguments: TransformerCases.all.files)
  func `the averaged network of a training file gives the public network's output`(
    _ fixture: TransformerFile
  ) throws {
    let file = try fixture.open()
    let choice = try TransformerChoice(
      shapes: file.shapes, flags: try ModelFlags(parsing: "--num_heads 2"),
      hints: .init(path: fixture.path))
    #expect(choice.configuration == fixture.configuration)
    #expect(choice.family == fixture.family)
    #expect(file.chosen.key == (fixture.name == "SiT-small" ? "." : "ema"))

    let network = try Architecture.transformer(choice.configuration).network(in: file)
    let prepared = try PreparedNetwork(network, batch: 1, type: .f32)
    let shape = Architecture.transformer(choice.configuration).imageShape
    let x = torchNormal([1, shape.channels, shape.height, shape.width], seed: fixture.inputSeed)
    let output = try prepared.run(
      Latents(x), time: fixture.time, Conditioning(labels: [.of(fixture.label)]))
    let outputs = try Fixtures.tensors("transformers/outputs").tensors
    let expected = try #require(outputs[fixture.name]).tensor()
    let kept = TransformerParityTests.kept(expected, choice.configuration.resultChannels)
    #expect(relativeDifference(Array(output), kept) <= TransformerParityTests.tolerance)
  }

  /// diffusers itself differs from DiT in the frequencies of the timestep.
  @Test func `a folder of diffusers gives the output of DiT's own code`() throws {
    let fixture = TransformerCases.all.folder
    let file = try CheckpointFile.open(fixture.path, for: .transformer)
    let choice = try TransformerChoice(shapes: file.shapes, folder: file.files.diffusers)
    #expect(choice.configuration == fixture.configuration)
    #expect(choice.family == .dit && choice.notes.isEmpty)
    let network = try Architecture.transformer(choice.configuration).network(in: file)
    let prepared = try PreparedNetwork(network, batch: 1, type: .f32)
    let x = torchNormal([1, 4, 4, 4], seed: fixture.inputSeed)
    let output = try prepared.run(
      Latents(x), time: fixture.time, Conditioning(labels: [.of(fixture.label)]))
    let outputs = try Fixtures.tensors("transformers/diffusers-output").tensors
    let expected = try #require(outputs["output"]).tensor().elements
    #expect(relativeDifference(Array(output), expected) <= TransformerParityTests.tolerance)
  }

  @Test(arguments: TransformerCases.all.files)
  func `latents are scaled by the file's own statistics, or as Stable Diffusion's`(
    _ fixture: TransformerFile
  ) throws {
    let scaling = try LatentScaling.ofTransformer(
      fixture.configuration, in: try fixture.open())
    guard let mean = fixture.mean, let deviation = fixture.deviation else {
      #expect(scaling == .stableDiffusion)
      return
    }
    #expect(scaling.factor == 1 && scaling.mean == mean)
    for (a, b) in zip(try #require(scaling.deviation), deviation) { #expect(abs(a / b - 1) < 1e-6) }
  }

  @Test func `latents of other autoencoders need a file with their statistics`() throws {
    var configuration = TransformerCases.all.files[1].configuration
    configuration.channels = 8
    #expect {
      try LatentScaling.ofTransformer(
        configuration, in: try TransformerCases.all.files[1].open())
    } throws: {
      "\($0)".contains("latents_stats.pt")
    }
  }

  @Test(arguments: TransformerCases.all.files)
  func `a transformer is found among the networks of any file`(_ fixture: TransformerFile) throws {
    let description = try ModelFile(fixture.path).description(
      flags: try ModelFlags(parsing: "--num_heads 2"), family: fixture.family)
    #expect(description.network == .transformer(fixture.configuration))
    #expect(description.guidedChannels == (fixture.family == .repa ? nil : 3))
    let space = try #require(description.latentSpace)
    #expect(space.rounding == (fixture.family == .repa ? .truncated : .rounded))
    #expect((space.scaling.mean == nil) == (fixture.mean == nil))
    #expect(!description.sampling.isEmpty)
  }

  @Test func `a folder of diffusers with a transformer is a model of DiT`() throws {
    let description = try ModelFile(TransformerCases.all.folder.path).description(flags: nil)
    #expect(description.network == .transformer(TransformerCases.all.folder.configuration))
    #expect(description.latentSpace?.scaling == .stableDiffusion)
  }

  @Test(arguments: [("statistics", 0.5), ("reciprocal-statistics", 2)])
  func `statistics of latents are read from files of their own`(
    _ name: String, _ first: Float
  ) throws {
    let path = Fixtures.folder.appendingPathComponent("transformers/\(name).pt").path
    let file = try CheckpointFile.open(path)
    let scaling = try LatentScaling(statistics: file, channels: 8)
    #expect(scaling.mean == [0, 1, 2, 3, 4, 5, 6, 7])
    #expect(scaling.deviation?.first == first)
    #expect(throws: LatentScalingError.self) {
      try LatentScaling(statistics: file, channels: 4)
    }
    let other = try CheckpointFile.open(TransformerCases.all.files[1].path, for: .transformer)
    #expect(throws: ConfigurationError.self) {
      try LatentScaling(statistics: other, channels: 4)
    }
  }

  private static func shapes(
    width: Int = 1152, depth: Int = 28, out: Int = 8, side: Int = 16, projectors: Bool = false
  ) -> [String: [Int]] {
    var shapes = [
      "x_embedder.proj.weight": [width, 4, 2, 2], "pos_embed": [1, side * side, width],
      "t_embedder.mlp.0.weight": [width, 256],
      "y_embedder.embedding_table.weight": [1001, width],
      "final_layer.linear.weight": [4 * out, width],
    ]
    for block in 0..<depth { shapes["blocks.\(block).mlp.fc1.weight"] = [4 * width, width] }
    if projectors { shapes["projectors.0.0.weight"] = [2048, width] }
    return shapes
  }

  private static func choice(
    _ shapes: [String: [Int]], file: String, family: TransformerFamily? = nil,
    preset: String? = nil
  ) throws -> TransformerChoice {
    try TransformerChoice(
      shapes: shapes, family: family, hints: .init(path: file, preset: preset))
  }

  @Test(arguments: [
    ("DiT-XL-2-256x256.pt", TransformerFamily.dit, TransformerChoice.Reason.fileName),
    ("SiT-XL-2-256.pt", .sit, .fileName),
    ("sit-mine.pt", .sit, .fileName),
    ("0400000.pt", .dit, .none),
  ])
  func `the name of a file decides between networks that are the same`(
    _ name: String, _ family: TransformerFamily, _ reason: TransformerChoice.Reason
  ) throws {
    let choice = try Self.choice(Self.shapes(), file: name)
    #expect(choice.family == family)
    #expect(choice.reason == reason)
    #expect(choice.configuration.heads == 16)
    #expect(choice.configuration.learnsSigma == (family == .dit))
    #expect(choice.notes.count == 1)
  }

  @Test func `the family that the user names outranks the name of the file`() throws {
    let choice = try Self.choice(Self.shapes(), file: "DiT-XL-2-256x256.pt", family: .sit)
    #expect(choice.family == .sit)
    #expect(choice.process.flow == FlowProcess(.toImage))
    #expect(choice.notes.isEmpty)
  }

  @Test func `a file with projectors is REPA's, and has its settings`() throws {
    let choice = try Self.choice(Self.shapes(out: 4, projectors: true), file: "last.pt")
    #expect(choice.family == .repa)
    #expect(choice.process.flow == FlowProcess(.toNoise))
    let settings = try #require(choice.defaults.first)
    #expect(settings.sampler == "euler-maruyama" && settings.cfgScale == 1.8)
    #expect(choice.family.guidedChannels == nil && !choice.family.roundsPixels)
  }

  @Test func `a preset gives family and settings, and must fit the file`() throws {
    let choice = try Self.choice(
      Self.shapes(out: 4, projectors: true), file: "0400000.pt", preset: "sit-repae-sdvae")
    #expect(choice.defaults.first?.cfgScale == 2.2)
    #expect(throws: ConfigurationError.self) {
      try Self.choice(Self.shapes(), file: "x.pt", preset: "DiT-XL-2-512x512")
    }
    #expect(throws: ConfigurationError.self) {
      try Self.choice(Self.shapes(), file: "x.pt", family: .sit, preset: "DiT-XL-2-256x256")
    }
  }

  @Test(arguments: [(1152, 28, 16), (1024, 24, 16), (768, 12, 12), (384, 12, 6)])
  func `the published sizes have their published heads`(
    _ width: Int, _ depth: Int, _ heads: Int
  ) throws {
    let choice = try Self.choice(Self.shapes(width: width, depth: depth), file: "x.pt")
    #expect(choice.configuration.heads == heads)
  }

  @Test func `another size needs the number of heads, and no other flag`() throws {
    let shapes = Self.shapes(width: 64, depth: 2)
    #expect {
      try TransformerChoice(shapes: shapes)
    } throws: {
      "\($0)".contains("--num_heads")
    }
    #expect(throws: ConfigurationError.self) {
      try TransformerChoice(
        shapes: shapes, flags: try ModelFlags(parsing: "--num_heads 2 --image_size 64"))
    }
    #expect(throws: ConfigurationError.self) {
      try TransformerChoice(shapes: shapes, flags: try ModelFlags(parsing: "--num_heads 3"))
    }
  }

  @Test(arguments: [
    ("x_embedder.proj.weight", [64, 4, 2, 3]), ("pos_embed", [1, 5, 64]),
    ("final_layer.linear.weight", [9, 64]), ("y_embedder.embedding_table.weight", [1, 64]),
    ("blocks.0.mlp.w12.weight", [64, 64]), ("blocks.0.norm1.weight", [64]),
    ("blocks.1000000.mlp.fc1.weight", [64, 64]),
  ])
  func `impossible shapes are refused`(_ name: String, _ shape: [Int]) throws {
    var shapes = Self.shapes(width: 64, depth: 2)
    shapes[name] = shape
    #expect(throws: ConfigurationError.self) {
      try TransformerChoice(shapes: shapes, flags: try ModelFlags(parsing: "--num_heads 2"))
    }
  }

  @Test(arguments: TransformerPreset.all)
  func `a preset is possible, and its usual settings give solvers`(
    _ preset: TransformerPreset
  ) throws {
    try preset.network.validate()
    #expect(!preset.sampling.isEmpty)
    for settings in preset.sampling {
      let name = try #require(SolverSettings.Name(rawValue: settings.sampler))
      let method: SolverSettings.Method =
        switch name {
        case .euler: .euler
        case .eulerMaruyama: .eulerMaruyama
        case .dpmpp2M: .dpmpp2M(.init(spacing: .timeUniform))
        case .uniPC: .uniPC(.init(spacing: .timeUniform))
        case .heun: .heun()
        case .ddim: .ddim(eta: 0)
        default: .ddpm
        }
      let solver = try SolverSettings(method, steps: settings.steps)
        .makeSolver(for: preset.process)
      #expect(settings.guidanceInterval?.isValid != false)
      #expect(solver.nodes.contains { settings.guidanceInterval?.contains($0) ?? true })
    }
  }

  @Test(arguments: [("DiT-XL-2-256x256", 675_129_632), ("SiT-XL-2-256", 675_129_632)])
  func `the published sizes have their published numbers of parameters`(
    _ name: String, _ count: Int
  ) throws {
    let preset = try #require(TransformerPreset.named(name))
    #expect(Architecture.transformer(preset.network).parameterCount == count)
    let flops = Architecture.transformer(preset.network).graph(batch: 1, type: .f32).flops
    #expect(abs(flops / 2e9 - 118.6) < 0.5)
  }
}
