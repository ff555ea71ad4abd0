import Configuration

/// The algorithms that a stage may run: one file each, and one line here.
public enum AlgorithmCatalog: VariantCatalog {
  public static let algorithms: [any Algorithm.Type] = [
    SFT.self,
    GRPO.self,
    DPO.self,
    PPO.self,
    RewardModelling.self,
    ProcessRewardModelling.self,
    ExpertIteration.self,
    Distill.self,
  ]

  public static var entries: [(name: String, block: any ConfigBlock.Type)] {
    func block<Method: Algorithm>(_ type: Method.Type) -> any ConfigBlock.Type {
      Method.Config.self
    }
    return algorithms.map { ($0.name, block($0)) }
  }

  public static let standard = GRPO.name
}

extension Variant where Catalog == AlgorithmCatalog {
  /// The chosen algorithm's keys, as every stage has them.
  public var stage: any StageConfig {
    guard let stage = block as? any StageConfig else {
      preconditionFailure("AlgorithmCatalog: \(type) is not a stage")
    }
    return stage
  }

  var algorithm: any Algorithm.Type {
    guard let found = AlgorithmCatalog.algorithms.first(where: { $0.name == type }) else {
      preconditionFailure("AlgorithmCatalog: no \(type)")
    }
    return found
  }
}
