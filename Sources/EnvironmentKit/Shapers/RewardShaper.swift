import Configuration

/// Turns raw rewards into those an algorithm learns from; evaluation never sees them.
public protocol RewardShaper: Stateful, Sendable {
  associatedtype Config: ConfigBlock
  /// The `type` that chooses it, and the term's name in `reward/<term>/mean`.
  static var name: String { get }
  /// Throws where the block does not fit what the stage asks.
  init(_ config: Config, _ context: ShapingContext) throws(ConfigError)
  /// The most by which it can set two completions apart, in rewards.
  var bound: Double { get }
  /// One reward a rollout, `nil` where nothing could be judged. Steps of the stage count from 0.
  mutating func shape(_ rewards: [Double?], of group: ShapedGroup, step: Int) -> [Double?]
  /// Takes what the step's shaping came to.
  mutating func finish(_ tally: ShapingTally) -> [HookEvent]
  /// Further figures under `reward/<term>/`.
  func metrics() -> [String: Double]
}

extension RewardShaper {
  public mutating func finish(_ tally: ShapingTally) -> [HookEvent] { [] }
  public func metrics() -> [String: Double] { [:] }
}

/// What shapers know of their stage.
public struct ShapingContext: Sendable {
  public var environment: Environment
  /// Tokens that a completion may have.
  public var maximumTokens: Int

  public init(environment: Environment, maximumTokens: Int) {
    (self.environment, self.maximumTokens) = (environment, maximumTokens)
  }
}

/// All rollouts of one problem as they were judged, with what was said.
public struct ShapedGroup: Sendable {
  public struct Completion: Sendable {
    /// What was sampled.
    public var tokens: [Int32]
    /// The same as text, without the stop.
    public var text: [UInt8]

    public init(tokens: [Int32], text: [UInt8]) { (self.tokens, self.text) = (tokens, text) }
  }

  public let finished: FinishedGroup
  public let problem: Problem
  /// What a rollout said, made when a shaper asks for it: most do not.
  public let completion: @Sendable (_ rollout: Int) -> Completion

  public init(
    _ finished: FinishedGroup, problem: Problem,
    completion: @escaping @Sendable (_ rollout: Int) -> Completion
  ) {
    (self.finished, self.problem, self.completion) = (finished, problem, completion)
  }
}

extension [Double?] {
  /// The rewards with each one's bonus; what could not be judged earns none.
  func adding(_ bonus: (_ rollout: Int) -> Double) -> [Double?] {
    enumerated().map { index, reward in reward.map { $0 + bonus(index) } }
  }
}

/// The shapers a run may name: a new one is its file and its line here.
public enum ShaperCatalog: VariantCatalog {
  static let types: [any RewardShaper.Type] = [
    FormatShaper.self,
    OverlongShaper.self,
    LengthCosineShaper.self,
    RepetitionShaper.self,
    PartialShaper.self,
    NoveltyShaper.self,
    ClipShaper.self,
  ]
  public static let standard = FormatShaper.name
  public static var entries: [(name: String, block: any ConfigBlock.Type)] {
    func block<Shaper: RewardShaper>(of type: Shaper.Type) -> any ConfigBlock.Type {
      Shaper.Config.self
    }
    return types.map { ($0.name, block(of: $0)) }
  }
}

extension Variant where Catalog == ShaperCatalog {
  func shaper(in context: ShapingContext) throws(ConfigError) -> any RewardShaper {
    func open<Shaper: RewardShaper>(_ type: Shaper.Type) throws(ConfigError) -> any RewardShaper {
      guard let config = block as? Shaper.Config else {
        preconditionFailure("\(type): a block of type \(Swift.type(of: block))")
      }
      return try Shaper(config, context)
    }
    guard let found = ShaperCatalog.types.first(where: { $0.name == type }) else {
      preconditionFailure("ShaperCatalog: nothing called \"\(type)\"")
    }
    return try open(found)
  }
}
