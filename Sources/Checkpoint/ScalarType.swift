/// The type of the elements of a stored tensor.
package enum ScalarType: String, Sendable, Codable, CaseIterable {
  case f16, bf16, f32, f64
  case i8, i16, i32, i64
  case u8, u16, u32, u64
  case bool

  package var byteCount: Int {
    switch self {
    case .i8, .u8, .bool: 1
    case .f16, .bf16, .i16, .u16: 2
    case .f32, .i32, .u32: 4
    case .f64, .i64, .u64: 8
    }
  }

  package var isFloatingPoint: Bool {
    switch self {
    case .f16, .bf16, .f32, .f64: true
    default: false
    }
  }
}

extension ScalarType {
  /// The type of a storage class such as `torch.HalfStorage`.
  init?(torchStorage name: String) {
    switch name {
    case "HalfStorage": self = .f16
    case "BFloat16Storage": self = .bf16
    case "FloatStorage": self = .f32
    case "DoubleStorage": self = .f64
    case "CharStorage": self = .i8
    case "ShortStorage": self = .i16
    case "IntStorage": self = .i32
    case "LongStorage": self = .i64
    case "ByteStorage": self = .u8
    case "BoolStorage": self = .bool
    default: return nil
    }
  }

  /// The type of a `torch.dtype` such as `torch.float16`.
  init?(torchDtype name: String) {
    switch name {
    case "float16": self = .f16
    case "bfloat16": self = .bf16
    case "float32": self = .f32
    case "float64": self = .f64
    case "int8": self = .i8
    case "int16": self = .i16
    case "int32": self = .i32
    case "int64": self = .i64
    case "uint8": self = .u8
    case "uint16": self = .u16
    case "uint32": self = .u32
    case "uint64": self = .u64
    case "bool": self = .bool
    default: return nil
    }
  }

  /// The type of the `dtype` field in a safetensors header, such as `BF16`.
  init?(safetensors name: String) {
    // The format's names are these cases in capitals: F16, BF16, I64, BOOL…
    guard name == name.uppercased() else { return nil }
    self.init(rawValue: name.lowercased())
  }
}
