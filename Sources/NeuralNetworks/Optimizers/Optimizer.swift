import TensorCore

/// A rule that moves weights along their gradients.
public protocol Optimizer: Sendable {
  /// The moments and counters that a checkpoint must hold.
  var state: Parameters { get set }

  /// Updates `parameters` in place; each gradient is multiplied by `gradientScale` first.
  ///
  /// Weights without a gradient do not move.
  mutating func update(
    _ parameters: inout Parameters, gradients: Parameters, gradientScale: Float,
    learningRate: Float)
}

extension Parameters {
  /// Several sets as one state: `("m", means)` becomes `m.<name>` for each of its names.
  init(sets: [(key: String, set: Parameters)]) {
    self.init()
    for (key, set) in sets {
      for name in set.names { self["\(key).\(name)"] = set[name] }
    }
  }

  /// The set that `init(sets:)` put under `key`.
  func set(_ key: String) -> Parameters {
    var set = Parameters()
    for name in names where name.hasPrefix("\(key).") {
      set[String(name.dropFirst(key.count + 1))] = self[name]
    }
    return set
  }
}

/// The Euclidean norm of all gradients together, in `Double`.
public func gradientNorm(_ gradients: Parameters) -> Double {
  gradients.names.reduce(0) { $0 + (gradients[$1]?.sumOfSquares ?? 0) }.squareRoot()
}

/// The factor that brings a gradient of `norm` down to `limit` (0: no limit), as PyTorch has it:
/// `limit / (norm + 10⁻⁶)`, at most 1.
public func clippingScale(norm: Double, limit: Double) -> Float {
  limit > 0 ? Float(min(1, limit / (norm + 1e-6))) : 1
}
