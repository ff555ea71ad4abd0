import Kernels

/// Number formats that a checkpoint's tensors may have, by their names in safetensors.
public enum StoredFloat: String, Sendable, CaseIterable {
  case float32 = "F32"
  case float16 = "F16"
  case bfloat16 = "BF16"

  var format: NumberFormat {
    switch self {
    case .float32: .float32
    case .float16: .float16
    case .bfloat16: .bfloat16
    }
  }
}
