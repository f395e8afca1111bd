import Foundation
import Job
import Model
import Program
import Testing

@Suite("diffuse-mpi models") struct ModelsReportTests {
  @Test(arguments: [60, 80, 200])
  func `the list fits the terminal and names every model`(columns: Int) throws {
    let list = try ModelsReport(name: nil).text(columns: columns)
    let lines = list.split(separator: "\n")
    #expect(lines.allSatisfy { $0.count <= columns }, "\(list)")
    let names =
      BundledModel.names + ModelPreset.all.map(\.name) + TransformerPreset.all.map(\.name)
      + ClassifierPreset.all.map(\.name)
    for name in names { #expect(lines.count { $0.hasPrefix("\(name) ") } == 1, "\(name)") }
  }

  @Test(arguments: ModelPreset.all.map(\.name), [60, 80, 200])
  func `a model is described within the terminal, except for addresses`(
    name: String, columns: Int
  ) throws {
    let text = try ModelsReport(name: name).text(columns: columns)
    for line in text.split(separator: "\n") where !line.contains("https://") {
      #expect(line.count <= columns, "\(line)")
    }
    for part in ["parameters ", "training ", "to run it", "https://"] {
      #expect(text.contains(part), "\(text)")
    }
    // A latent diffusion model has a YAML file instead.
    #expect(text.contains("flags ") == (ModelPreset.named(name)?.latents == nil), "\(text)")
  }

  @Test
  func `a model is described with its settings, its classifier, its licence and its address`()
    throws
  {
    let text = try ModelsReport(name: "128x128_diffusion").text(columns: 200)
    for part in [
      "ImageNet, 128×128 pixels, 1,000 classes", "421.5 M", "linear schedule, 1000 steps",
      "--num_heads 4", "ddpm, 250 steps, scale 0.5", "ddim, ddim25, scale 1.25",
      "128x128_classifier, 128_512_upsampler", "MIT",
      "https://openaipublic.blob.core.windows.net/diffusion/jul-2021/128x128_diffusion.pt",
      "diffuse-mpi --model 128x128_diffusion.pt --classifier 128x128_classifier.pt",
    ] { #expect(text.contains(part), "\(text)") }
  }

  @Test func `a transformer is described with its guidance and its first stage`() throws {
    let text = try ModelsReport(name: "SiT-XL-2-256").text(columns: 200)
    for part in [
      "ImageNet, 256×256 pixels, 1,000 classes", "675.1 M", "flow from noise at t = 0",
      "euler-maruyama, 250 steps, cfg 1.5", "DiT-XL-2-256x256",
      "diffuse-mpi --model SiT-XL-2-256.pt --first-stage VAE",
    ] { #expect(text.contains(part), "\(text)") }
  }

  @Test
  func `a latent diffusion model is described with its images, classes, noise and guidance`() throws
  {
    let text = try ModelsReport(name: "cin256-v2").text(columns: 200)
    for part in [
      "ImageNet, 256×256 pixels, 1,000 classes",
      "√β from √0.0015 to √0.0195, 1000 steps, predicts ε",
      "ddim, 20 steps, eta 0, cfg 3", "plms, 20 steps, cfg 3", "--model cin256-v2.ckpt",
      "https://ommer-lab.com/files/latent-diffusion/nitro/cin/model.ckpt",
    ] { #expect(text.contains(part), "\(text)") }
  }

  @Test(arguments: [
    ("lsun_bedroom.pt", "lsun_bedroom"), ("models/ffhq_10m.pt", "ffhq_10m"),
    ("portrait_generator_v001_ema_0.9999_1MM.pt", "portrait_generator_v001"),
    ("64x64_classifier.pt", "64x64_classifier"), ("fashion-mnist", "fashion-mnist"),
  ])
  func `a model is found by the name of its file`(name: String, model: String) throws {
    #expect(try ModelsReport(name: name).text(columns: 80).contains("model        \(model)\n"))
  }

  @Test(arguments: [
    ("64x64_difusion", "did you mean 64x64_diffusion?"), ("nothing", "'diffuse-mpi models' lists"),
    ("ADM-IP.pt", "several models: ddpm-ip_cifar10, ddpm-ip_imagenet32"),
  ])
  func `an unknown name is refused with what to do`(name: String, says: String) throws {
    let failure = try #require(throws: Failure.self) { try ModelsReport(name: name) }
    #expect(failure.status.rawValue == 64)
    #expect(failure.message.contains(says), "\(failure)")
  }

  @Test
  func `JSON has an entry for each model`() throws {
    struct Report: Decodable {
      let models: [Model]
      struct Model: Decodable {
        let name: String
        let kind: String
        let imageSidePixels: Int
        let parameters: Int
        let sameArchitecture: [String]
        let url: String?
      }
    }
    let json = try ModelsReport(name: nil).json()
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    let models = try decoder.decode(Report.self, from: Data(json.utf8)).models
    #expect(
      models.count == BundledModel.names.count + ModelPreset.all.count + TransformerPreset.all.count
        + 4)
    #expect(models.count { $0.kind == "upsampler" } == 3)
    #expect(models.count { $0.kind == "classifier" } == 4)
    #expect(models.allSatisfy { $0.parameters > 1_000_000 })
    let bedroom = try #require(models.first { $0.name == "lsun_bedroom" })
    #expect(bedroom.sameArchitecture.contains("256x256_diffusion_uncond"))
  }
}
