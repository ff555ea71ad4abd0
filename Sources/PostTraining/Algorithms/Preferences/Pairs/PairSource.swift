import Configuration
import EnvironmentKit
import Objectives

/// Where a step's pairs come from.
protocol PairSource: Stateful, Sendable {
  associatedtype Config: ConfigBlock
  /// The `type` that chooses it.
  static var name: String { get }
  init(_ config: Config, _ context: TrainingContext) throws
  /// Of sampling, and of every training forward.
  var temperature: Double { get }
  /// The pairs of a step of the stage, which count from 0; models are as the step finds them.
  mutating func next(step: Int, with models: BoundModels) throws -> SourcedPairs
  /// Pairs that no step is trained on, the same at every call; training never feels it.
  func heldOut(atMost limit: Int, with models: BoundModels) throws -> [PreferencePair]
}

/// The pairs of one step, and what is to be said about them.
struct SourcedPairs {
  var pairs: [PreferencePair] = []
  var metrics = Metrics()
  var rollouts: [RolloutGroup] = []
  var events: [HookEvent] = []
  /// There are no pairs, and never will be.
  var endsStage = false
}

/// The sources a stage may name: a new one is its file and its line here.
public enum PairSourceCatalog: VariantCatalog {
  static let types: [any PairSource.Type] = [
    OnlinePairs.self,
    StartPairs.self,
    FilePairs.self,
  ]
  public static let standard = OnlinePairs.name
  public static var entries: [(name: String, block: any ConfigBlock.Type)] {
    func block<Source: PairSource>(of type: Source.Type) -> any ConfigBlock.Type {
      Source.Config.self
    }
    return types.map { ($0.name, block(of: $0)) }
  }
}

extension Variant where Catalog == PairSourceCatalog {
  /// Who ranks the completions that are sampled; `nil` where a file has ranked them.
  var ranking: RewardMix? { (block as? any PairSamplingConfig)?.reward }

  func source(_ context: TrainingContext) throws -> any PairSource {
    func open<Source: PairSource>(_ type: Source.Type) throws -> any PairSource {
      guard let config = block as? Source.Config else {
        preconditionFailure("\(type): a block of type \(Swift.type(of: block))")
      }
      return try Source(config, context)
    }
    guard let found = PairSourceCatalog.types.first(where: { $0.name == type }) else {
      preconditionFailure("PairSourceCatalog: nothing called \"\(type)\"")
    }
    do {
      return try open(found)
    } catch let error as ConfigError {
      throw ConfigError(path: "pairs.\(error.path)", reason: error.reason)
    }
  }
}
