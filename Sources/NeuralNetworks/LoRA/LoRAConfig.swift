import Configuration

/// The keys of low-rank adapters (Hu et al., "LoRA", 2021), and what follows from them.
public struct LoRAConfig: ConfigBlock, Equatable {
  public var rank = 8
  public var alpha: Double = 16
  public var useRslora = false
  public var targetModules = [Self.everyLinear]
  public init() {}

  public static let keys = [
    KeyDescription("rank", "r: rows of A, columns of B", "1..."),
    KeyDescription("alpha", "B A is multiplied by alpha / rank", ">0"),
    KeyDescription("use_rslora", "by alpha / √rank instead, which suits high ranks"),
    KeyDescription(
      "target_modules",
      "linear layers by the end of their names, or all-linear: each but output heads"),
  ]

  /// PEFT's word for every linear layer that is no output head.
  public static let everyLinear = "all-linear"

  /// What `B A` is multiplied by: `α/r`, or `α/√r` (Kalajdzievski, "rsLoRA", 2023).
  public var scale: Float {
    Float(alpha / (useRslora ? Double(rank).squareRoot() : Double(rank)))
  }

  private var targetsEveryLinear: Bool { targetModules == [Self.everyLinear] }

  func adapts(_ path: String) -> Bool {
    targetsEveryLinear || targetModules.contains { isNamed(path, by: $0) }
  }

  /// The same with names for `all-linear`, as PEFT writes it; each target must be among `layers`.
  public func resolved(
    layers: [String], heads: [String]
  ) throws(AdapterTargetError) -> LoRAConfig {
    let candidates = Set(layers.map(endOfName)).sorted()
    var resolved = self
    resolved.targetModules = targetsEveryLinear ? candidates : targetModules.sorted()
    for target in resolved.targetModules where !layers.contains(where: { isNamed($0, by: target) })
    {
      throw AdapterTargetError(
        target: target, isHead: heads.contains { isNamed($0, by: target) }, candidates: candidates)
    }
    return resolved
  }

  /// The settings in words, for messages.
  public var text: String {
    "rank \(rank), alpha \(alpha)\(useRslora ? ", rslora" : "") on "
      + targetModules.joined(separator: ", ")
  }

  public func validate() throws(ConfigError) {
    if targetModules.isEmpty || targetModules.contains("") {
      throw ConfigError(path: "target_modules", reason: "expected names of linear layers")
    }
    if targetModules.contains(Self.everyLinear) && !targetsEveryLinear {
      throw ConfigError(
        path: "target_modules", reason: "all-linear leaves nothing to name: expected it alone")
    }
  }
}

/// A target on which there can be no adapter.
public struct AdapterTargetError: Error, CustomStringConvertible, Sendable {
  public var target: String
  public var isHead: Bool
  /// What the linear layers are called.
  public var candidates: [String]

  public var description: String {
    let reason = isHead ? "is an output head, which has no adapter" : "is no linear layer"
    return "\"\(target)\" \(reason): expected some of \(candidates.joined(separator: ", "))"
  }
}

/// Whether a target means the layer at `path`: its whole name, or the end of it after a dot.
private func isNamed(_ path: String, by target: String) -> Bool {
  path == target || path.hasSuffix(".\(target)")
}

private func endOfName(_ path: String) -> String {
  path.split(separator: ".").last.map(String.init) ?? path
}
