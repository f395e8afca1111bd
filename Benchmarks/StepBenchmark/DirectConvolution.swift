import CKernels
import COneDNN
import Compute

/// One convolution of a network, computed by oneDNN's direct algorithm on its own memory,
/// independent of what a compiled graph would choose on this processor.
///
/// The sum over a network's convolutions is its convolution floor. The benchmark compares it with
/// the time of the whole network.
final class DirectConvolution {
  /// Equal for convolutions with the same amount of work.
  struct Size: Hashable {
    fileprivate let shape: dmpi_convolution

    init(_ convolution: Convolution) {
      var shape = convolution.directShape
      shape.accumulates = 0
      self.shape = shape
    }

    /// With stride 1, on square images.
    init(
      batch: Int, side: Int, inChannels: Int, outChannels: Int, kernel: Int, type: ElementType
    ) {
      shape = dmpi_convolution(
        batch: Int64(batch), height: Int64(side), width: Int64(side),
        in_channels: Int64(inChannels), out_channels: Int64(outChannels), kernel: Int64(kernel),
        stride: 1, padding_before: Int64((kernel - 1) / 2), padding_after: Int64((kernel - 1) / 2),
        source: type.libraryType, destination: type.libraryType, accumulates: 0)
    }

    var flops: Double { 2 * Double(outputCount * weightCount / Int(shape.out_channels)) }
    var weightBytes: Int { weightCount * bytes(shape.source) }

    fileprivate var sourceCount: Int {
      Int(shape.batch * shape.height * shape.width * shape.in_channels)
    }
    fileprivate var weightCount: Int {
      Int(shape.out_channels * shape.in_channels * shape.kernel * shape.kernel)
    }
    fileprivate var outputCount: Int {
      func length(_ side: Int64) -> Int64 {
        (side + shape.padding_before + shape.padding_after - shape.kernel) / shape.stride + 1
      }
      return Int(shape.batch * length(shape.height) * length(shape.width) * shape.out_channels)
    }
    fileprivate var sourceBytes: Int { sourceCount * bytes(shape.source) }
    fileprivate var outputBytes: Int { outputCount * bytes(shape.destination) }

    private func bytes(_ type: dmpi_type) -> Int { type == DMPI_F32 ? 4 : 2 }

    private var numbers: [Int64] {
      [
        shape.batch, shape.height, shape.width, shape.in_channels, shape.out_channels,
        shape.kernel, shape.stride, shape.padding_before, Int64(shape.source.rawValue),
        Int64(shape.destination.rawValue),
      ]
    }

    static func == (a: Size, b: Size) -> Bool { a.numbers == b.numbers }
    func hash(into hasher: inout Hasher) { hasher.combine(numbers) }
  }

  private let threads: Int
  private let primitive: Primitive
  private let source: AlignedBuffer
  private let packed: AlignedBuffer
  private let bias: AlignedBuffer
  private let output: AlignedBuffer
  private let scratch: AlignedBuffer

  init(_ size: Size, threads: Int) throws {
    self.threads = threads
    dmpi_set_threads(Int32(threads))
    primitive = try Primitive(convolution: size.shape, label: "a convolution alone")
    source = try AlignedBuffer(byteCount: size.sourceBytes)
    packed = try AlignedBuffer(byteCount: primitive.packedBytes)
    bias = try AlignedBuffer(byteCount: 4 * Int(size.shape.out_channels))
    output = try AlignedBuffer(byteCount: size.outputBytes)
    scratch = try AlignedBuffer(byteCount: primitive.scratchBytes)

    let noise = Self.noise(max(size.sourceCount, size.weightCount))
    let type = size.shape.source == DMPI_F32 ? DMPI_ELEMENT_F32 : DMPI_ELEMENT_BF16
    dmpi_convert(source.base, type, noise, DMPI_ELEMENT_F32, Int64(size.sourceCount))
    try primitive.check(dmpi_pack_weights(primitive.handle, noise, packed.base))
    try primitive.check(
      dmpi_convolution_bind(
        primitive.handle, source.base, packed.base, bias.base.assumingMemoryBound(to: Float.self),
        output.base))
  }

  func run() throws {
    dmpi_set_threads(Int32(threads))
    try primitive.check(dmpi_convolution_run(primitive.handle, scratch.base))
  }

  /// Returns numbers of both signs. Multiplying zeros takes less power, and so less time.
  private static func noise(_ count: Int) -> [Float] {
    let block = (0..<4093).map { _ in Float.random(in: -1...1) }
    return (0..<count).map { block[$0 % block.count] }
  }
}
