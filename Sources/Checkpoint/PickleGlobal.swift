/// The Python objects that a checkpoint may name: plain data and how to rebuild tensors.
///
/// Naming any other object is an error. Even these are never looked up or called: the unpickler
/// knows what each of them would make. The list follows PyTorch's own for `weights_only=True`.
enum PickleGlobal: Equatable {
  /// A class whose instances are dictionaries.
  case dictionary
  /// `torch.Size`.
  case size
  /// A storage class; `nil` for `UntypedStorage`, which counts bytes.
  case storage(ScalarType?)
  case dtype(ScalarType)
  /// `_rebuild_tensor_v2(storage, offset, size, stride, requires_grad, hooks)`, likewise
  /// `_rebuild_tensor`, which has only the first four.
  case rebuildTensor
  /// `_rebuild_tensor_v3`: as before, then the element type, of an untyped storage.
  case rebuildTensorWithDtype
  /// `_rebuild_parameter(tensor, requires_grad, hooks)`, with or without a state.
  case rebuildParameter
  /// `_rebuild_from_type_v2(function, type, arguments, state)`.
  case rebuildFromType
  /// A class or function whose results are data of no interest here.
  case inert

  /// `nil` for an object that a checkpoint may not name.
  init?(module: String, name: String) {
    switch (module, name) {
    case ("collections", "OrderedDict"), ("collections", "defaultdict"),
      ("collections", "Counter"), ("__builtin__", "dict"), ("builtins", "dict"):
      self = .dictionary
    case ("torch", "Size"): self = .size
    case ("torch._utils", "_rebuild_tensor"), ("torch._utils", "_rebuild_tensor_v2"):
      self = .rebuildTensor
    case ("torch._utils", "_rebuild_tensor_v3"): self = .rebuildTensorWithDtype
    case ("torch._utils", "_rebuild_parameter"),
      ("torch._utils", "_rebuild_parameter_with_state"):
      self = .rebuildParameter
    case ("torch._tensor", "_rebuild_from_type_v2"): self = .rebuildFromType
    case ("torch.storage", "UntypedStorage"): self = .storage(nil)
    case ("torch", _), ("torch.cuda", _): self.init(torchName: name)
    default:
      guard Self.isInert(module, name) else { return nil }
      self = .inert
    }
  }

  private init?(torchName name: String) {
    if let type = ScalarType(torchStorage: name) {
      self = .storage(type)
    } else if let type = ScalarType(torchDtype: name) {
      self = .dtype(type)
    } else if name == "device" || name == "Tensor" {
      self = .inert
    } else {
      return nil
    }
  }

  private static func isInert(_ module: String, _ name: String) -> Bool {
    switch (module, name) {
    case ("__builtin__", "set"), ("builtins", "set"),
      ("__builtin__", "frozenset"), ("builtins", "frozenset"),
      ("__builtin__", "list"), ("builtins", "list"),
      ("__builtin__", "complex"), ("builtins", "complex"),
      ("__builtin__", "bytearray"), ("builtins", "bytearray"),
      ("_codecs", "encode"), ("torch.nn.parameter", "Parameter"), ("numpy", "dtype"),
      ("numpy.core.multiarray", "scalar"), ("numpy._core.multiarray", "scalar"):
      true
    default: false
    }
  }
}
