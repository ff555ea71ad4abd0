import TensorCore

/// The weights of a model with low-rank adapters: the base's, and `<layer>.lora_A.weight` and
/// `<layer>.lora_B.weight` beside the `<layer>.weight` that they adapt.
extension Parameters {
  static func isAdapter(_ name: String) -> Bool { name.contains(".lora_") }

  /// The adapters' weights alone.
  public var adapters: Parameters { filtered(Self.isAdapter) }

  /// The weights without the adapters'.
  public var withoutAdapters: Parameters { filtered { !Self.isAdapter($0) } }

  /// Whether every `B` is 0, as when it is fresh: then the model is its base to the last bit.
  public var areAdaptersZero: Bool {
    names.allSatisfy { name in
      !name.hasSuffix(".lora_B.weight") || self[name]?.values.allSatisfy { $0 == 0 } ?? true
    }
  }

  /// These weights, with `other`'s in the place of those of the same name and beside the rest.
  public func overlaid(by other: Parameters) -> Parameters {
    var all = self
    for name in other.names { all[name] = other[name] }
    return all
  }

  /// The weights of the plain model that computes the same: `W + scale · B A`, adapters gone.
  public func merged(_ adapter: LoRAConfig) -> Parameters {
    var merged = withoutAdapters
    for name in merged.names where name.hasSuffix(".weight") {
      let layer = name.dropLast(".weight".count)
      if let weight = merged[name], let a = self["\(layer).lora_A.weight"],
        let b = self["\(layer).lora_B.weight"]
      {
        merged[name] = weight + b.product(a) * adapter.scale
      }
    }
    return merged
  }

  private func filtered(_ isKept: (String) -> Bool) -> Parameters {
    var kept = Parameters()
    for name in names where isKept(name) { kept[name] = self[name] }
    return kept
  }
}
