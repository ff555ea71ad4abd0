import Configuration
import Randomness

/// Fresh problems, each of a level drawn alike.
public struct UniformCurriculum: Curriculum {
  public static let name = "uniform"

  public struct Config: ConfigBlock {
    public var levels: [String] = []
    public init() {}
    public static let keys: [KeyDescription] = [.levels]
  }

  public var state = NoState()
  private let environment: Environment
  private let levels: [Int]

  public init(_ config: Config, environment: Environment) throws(ConfigError) {
    self.environment = environment
    levels = try environment.levels(named: config.levels)
  }

  public func next(using random: inout RandomStream) throws(ConfigError) -> Choice {
    let level = random.element(of: levels)
    return Choice(
      level: level,
      problem: try environment.problem(level: level, split: .train, using: &random))
  }

  public func observe(_ groups: [FinishedGroup], step: Int) -> [CurriculumEvent] { [] }

  public func metrics() -> [String: Double] { [:] }
}
