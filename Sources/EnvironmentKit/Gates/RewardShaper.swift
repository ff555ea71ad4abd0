import Configuration

/// Turns raw rewards into those an algorithm learns from; evaluation never sees them.
public protocol RewardShaper: Component, Stateful {
  /// One reward a rollout, `nil` where nothing could be judged; the group is as it was judged.
  mutating func shape(_ rewards: [Double?], of group: FinishedGroup, step: Int) -> [Double?]
  /// Figures under `reward/<name>/`.
  func metrics() -> [String: Double]
}

/// The shapers a run may name; none is in this version.
public enum ShaperCatalog: VariantCatalog {
  static let types: [any RewardShaper.Type] = []
  public static let standard = ""
  public static var entries: [(name: String, block: any ConfigBlock.Type)] {
    catalogEntries(types)
  }
}

extension Variant where Catalog == ShaperCatalog {
  public func shaper() throws(ConfigError) -> any RewardShaper {
    try make(from: ShaperCatalog.types)
  }
}
