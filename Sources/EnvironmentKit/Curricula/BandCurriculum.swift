import Configuration
import Randomness

/// One level up when success is above a band, one down when it is below.
///
/// The window holds the group successes of the current level alone, so that neither large groups
/// nor replayed levels weigh in, and only raw success counts: shaping cannot buy a level.
public struct BandCurriculum: Curriculum {
  public static let name = "band"

  public struct Config: ConfigBlock {
    public var up = 0.7
    public var down = 0.2
    public var window = 256
    public var minSamples = 64
    public var cooldownSteps = 10
    public var replay = 0.2
    public var startLevel = ""
    public var freezeLevel = false
    public init() {}
    public static let keys = [
      KeyDescription("up", "mean success from which the level rises", "0...1"),
      KeyDescription("down", "mean success to which the level falls", "0...1"),
      KeyDescription("window", "problems of the level that are averaged, the latest", "1..."),
      KeyDescription("min_samples", "problems of the level before it may change", "1..."),
      KeyDescription("cooldown_steps", "steps after a change without another", "0..."),
      KeyDescription("replay", "share of problems drawn from the levels below", "0..<1"),
      .startLevel,
      KeyDescription(
        "freeze_level", "whether the level stays; its success is averaged all the same"),
    ]

    public func validate() throws(ConfigError) {
      guard down < up else {
        throw ConfigError(path: "down", reason: "below up (\(up)), found \(down)")
      }
      guard minSamples <= window else {
        throw ConfigError(
          path: "min_samples", reason: "at most window (\(window)), found \(minSamples)")
      }
    }
  }

  public struct State: Codable, Sendable, Equatable {
    public var level: Int
    /// Successes at this level, oldest first.
    public var window: [Double] = []
    /// The first step at which the level may change.
    public var changesFrom = 0
    public var cooldown: Int
    /// Problems of the current levels seen so far, and their number at each change of direction.
    var items = 0
    var turns: [Int] = []
    var direction = 0
  }

  public var state: State
  private let config: Config
  private let environment: Environment

  public init(_ config: Config, environment: Environment) throws(ConfigError) {
    self.config = config
    self.environment = environment
    let start = try environment.startLevel(named: config.startLevel)
    state = State(level: start, cooldown: config.cooldownSteps)
  }

  public func next(using random: inout RandomStream) throws(ConfigError) -> Choice {
    let isReplay = random.uniform() < config.replay && state.level > 0
    let level = isReplay ? random.below(state.level) : state.level
    return Choice(
      level: level,
      problem: try environment.problem(level: level, split: .train, using: &random))
  }

  public mutating func observe(_ groups: [FinishedGroup], step: Int) -> [CurriculumEvent] {
    let successes = groups.filter { $0.level == state.level }.compactMap(\.success)
    state.items += successes.count
    state.window = (state.window + successes).suffix(config.window)
    let count = state.window.count
    guard !config.freezeLevel, count >= config.minSamples, step >= state.changesFrom else {
      return []
    }
    let mean = state.window.reduce(0, +) / Double(count)
    let direction = mean >= config.up ? 1 : mean <= config.down ? -1 : 0
    guard direction != 0, environment.levels.indices.contains(state.level + direction) else {
      return []
    }
    return move(direction, success: mean, count: count, step: step)
  }

  private mutating func move(
    _ direction: Int, success: Double, count: Int, step: Int
  ) -> [CurriculumEvent] {
    let from = state.level
    state.level += direction
    state.window = []
    var kinds: [CurriculumEvent.Kind] = [.levelChange]
    if direction == -state.direction { state.turns.append(state.items) }
    state.direction = direction
    // Three changes of direction within ten windows: the band is too narrow for these levels.
    let recent = state.items - 10 * config.window
    state.turns.removeAll { $0 < recent }
    if state.turns.count >= 3 {
      state.turns = []
      state.cooldown = max(1, 2 * state.cooldown)
      kinds.append(.oscillation)
    }
    state.changesFrom = step + 1 + state.cooldown
    return kinds.map {
      CurriculumEvent(
        kind: $0, step: step, from: from, to: state.level, success: success, count: count)
    }
  }

  public func metrics() -> [String: Double] {
    var metrics = ["curriculum/level": Double(state.level)]
    if !state.window.isEmpty {
      metrics["curriculum/window_success"] =
        state.window.reduce(0, +) / Double(state.window.count)
    }
    return metrics
  }
}
