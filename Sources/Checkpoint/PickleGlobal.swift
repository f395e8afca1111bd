/// A Python class or function that a checkpoint names.
///
/// It is never looked up or called. The unpickler builds the objects that PyTorch's own classes and
/// functions would make. All others become an opaque `PickledObject`.
enum PickleGlobal: Equatable {
  /// A class whose instances are dictionaries.
  case dictionary
  /// `torch.Size`.
  case size
  case storage(StorageType)
  case dtype(ScalarType)
  /// `torch.Tensor`, or a subclass that only labels it.
  case tensorClass
  /// `_rebuild_tensor_v2(storage, offset, size, stride, requires_grad, hooks, metadata)`, and
  /// `_rebuild_tensor`, which has only the first four arguments.
  case rebuildTensor
  /// `_rebuild_tensor_v3`, which has the element type of an untyped storage before the metadata.
  case rebuildTensorWithDtype
  /// `_rebuild_parameter(tensor, requires_grad, hooks)`, with or without a state.
  case rebuildParameter
  /// `_rebuild_from_type_v2(function, type, arguments, state)`.
  case rebuildFromType
  /// A function that makes tensors of an unsupported kind. The text describes the kind.
  case rebuildUnreadable(String)
  /// Any other class or function, by name.
  case other(String)

  private static let longestName = 200

  init(module: String, name: String) {
    switch (module, name) {
    case ("collections", "OrderedDict"), ("collections", "defaultdict"),
      ("collections", "Counter"), ("__builtin__", "dict"), ("builtins", "dict"):
      self = .dictionary
    case ("torch", "Size"): self = .size
    case ("torch._utils", _) where Self(rebuilding: name) != nil: self = Self(rebuilding: name)!
    case ("torch._tensor", "_rebuild_from_type_v2"): self = .rebuildFromType
    case ("torch.storage", "UntypedStorage"), ("torch", "UntypedStorage"): self = .storage(.untyped)
    case ("torch", "Tensor"), ("torch.nn.parameter", "Parameter"),
      ("torch.nn.parameter", "Buffer"):
      self = .tensorClass
    case ("torch", _), ("torch.cuda", _):
      self = Self(torchName: name) ?? .other(Self.text(module, name))
    default: self = .other(Self.text(module, name))
    }
  }

  private init?(rebuilding name: String) {
    switch name {
    case "_rebuild_tensor", "_rebuild_tensor_v2": self = .rebuildTensor
    case "_rebuild_tensor_v3": self = .rebuildTensorWithDtype
    case "_rebuild_parameter", "_rebuild_parameter_with_state": self = .rebuildParameter
    default:
      guard let reason = Self.unreadable[name] else { return nil }
      self = .rebuildUnreadable(reason)
    }
  }

  private static let unreadable = [
    "_rebuild_meta_tensor_no_storage":
      "was saved on the device 'meta' and has no values: load the real weights before saving",
    "_rebuild_sparse_tensor": "is sparse: save it after .to_dense()",
    "_rebuild_qtensor": "is quantized: save it after .dequantize()",
    "_rebuild_nested_tensor": "is a nested tensor, which no weight of these networks is",
    "_rebuild_wrapper_subclass":
      "is of a tensor subclass without values of its own: save a plain torch.Tensor",
    "_rebuild_device_tensor_from_numpy":
      "was saved on a device that keeps NumPy arrays: move it to the CPU before saving",
    "_rebuild_device_tensor_from_cpu_tensor":
      "was saved from an accelerator in its own form: move it to the CPU before saving",
    "_rebuild_xla_tensor": "was saved on an XLA device: move it to the CPU before saving",
  ]

  private init?(torchName name: String) {
    if let type = ScalarType(torchStorage: name) {
      self = .storage(.typed(type))
    } else if let type = ScalarType(torchDtype: name) {
      self = .dtype(type)
    } else if let size = Self.unsupportedStorages[name] {
      self = .storage(.unsupported(name: String(name.dropLast("Storage".count)), byteCount: size))
    } else {
      return nil
    }
  }

  /// Bytes per element.
  private static let unsupportedStorages = [
    "ComplexFloatStorage": 8, "ComplexDoubleStorage": 16, "QInt8Storage": 1, "QUInt8Storage": 1,
    "QInt32Storage": 4, "QUInt4x2Storage": 1, "QUInt2x4Storage": 1,
  ]

  /// Bounded, so that a program that repeats one long text uses little memory.
  private static func text(_ module: String, _ name: String) -> String {
    String(decoding: module.utf8.prefix(longestName), as: UTF8.self) + "."
      + String(decoding: name.utf8.prefix(longestName), as: UTF8.self)
  }
}

extension PickleGlobal {
  /// The name in error messages.
  var name: String {
    switch self {
    case .dictionary: "dict"
    case .size: "torch.Size"
    case .storage(.typed(let type)): "torch.\(type) storage"
    case .storage(.unsupported(let name, _)): "torch.\(name)Storage"
    case .storage(.untyped): "torch.UntypedStorage"
    case .dtype(let type): "torch.\(type)"
    case .tensorClass: "torch.Tensor"
    case .rebuildTensor, .rebuildTensorWithDtype, .rebuildParameter, .rebuildFromType,
      .rebuildUnreadable:
      "a function of torch that rebuilds tensors"
    case .other(let name): name
    }
  }
}
