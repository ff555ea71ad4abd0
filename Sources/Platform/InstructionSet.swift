import CIntrinsics

/// What code may be compiled for. This module itself is compiled for the oldest of processors.
public enum InstructionSet: String, Sendable {
  case arm64
  case v3 = "x86-64-v3"
  case v4 = "x86-64-v4"

  /// Whether this machine's processor runs such code.
  public var isSupported: Bool {
    switch self {
    case .v3: rl_supports_v3() != 0
    case .v4: rl_supports_v4() != 0
    case .arm64: Self.isARM
    }
  }

  private static var isARM: Bool {
    #if arch(arm64)
      true
    #else
      false
    #endif
  }
}
