import Configuration
import Randomness

/// Prioritized level replay (Jiang, Grefenstette and Rocktäschel, 2021) over a pool of problems.
///
/// A problem's score is the mean `|r - mean r|` of its latest group: the advantages before they
/// are scaled, largest where half the rollouts succeed. A new problem is asked with probability
/// `new_share`; else one that was met before, by `(1 - ρ) P_score + ρ P_stale`, where
/// `P_score ∝ rank^(-1/T)` and `P_stale ∝` the number of groups since it was met.
public struct ReplayCurriculum: Curriculum {
  public static let name = "plr"

  public struct Config: ConfigBlock {
    public var levels: [String] = []
    public var maxProblems = 8192
    public var newShare = 0.5
    public var temperature = 1.0
    public var staleness = 0.1
    public init() {}
    public static let keys: [KeyDescription] = [
      .levels, .maxProblems,
      KeyDescription("new_share", "share of problems never met, while there are any", "0...1"),
      // The paper's 0.1 asks its first problem over and over: a step here draws many at once.
      KeyDescription("temperature", "T of the ranks: low asks the best scores alone", "0.05..."),
      KeyDescription(
        "staleness", "ρ, share that goes by the time since a problem was met", "0...1"),
    ]
  }

  public struct State: Codable, Sendable, Equatable {
    /// One a problem, in the order of the pool; -1 where it was never met.
    public var scores: [Double]
    /// The number of groups met when it was.
    public var metAt: [Int]
    public var groups = 0
  }

  public var state: State { didSet { rank() } }
  private let config: Config
  private let pool: ProblemPool
  /// What follows from the state: problems never met, those met by falling score, and the sums of
  /// their two kinds of weights.
  private var unmet: [Int] = []
  private var ranking: [Int] = []
  private var rankSums: [Double] = []
  private var staleSums: [Double] = []

  public init(_ config: Config, environment: Environment) throws(ConfigError) {
    self.config = config
    pool = try ProblemPool(levels: config.levels, atMost: config.maxProblems, of: environment)
    let count = pool.choices.count
    state = State(
      scores: Array(repeating: -1, count: count), metAt: Array(repeating: 0, count: count))
    rank()
  }

  public func next(using random: inout RandomStream) throws(ConfigError) -> Choice {
    pool.choice(index(using: &random), using: &random)
  }

  private func index(using random: inout RandomStream) -> Int {
    if ranking.isEmpty || (!unmet.isEmpty && random.uniform() < config.newShare) {
      return random.element(of: unmet)
    }
    let isStale = random.uniform() < config.staleness
    return ranking[(isStale ? staleSums : rankSums).place(of: random.uniform())]
  }

  public mutating func observe(_ groups: [FinishedGroup], step: Int) -> [CurriculumEvent] {
    var state = state
    for group in groups {
      let scores = group.scores
      guard !scores.isEmpty, let index = pool.index(of: group.key) else { continue }
      let mean = scores.reduce(0, +) / Double(scores.count)
      state.scores[index] = scores.reduce(0) { $0 + abs($1 - mean) } / Double(scores.count)
      state.groups += 1
      state.metAt[index] = state.groups
    }
    self.state = state
    return []
  }

  /// Equal scores: the one met longer ago goes first.
  private mutating func rank() {
    let (scores, metAt) = (state.scores, state.metAt)
    precondition(
      scores.count == pool.choices.count,
      "plr: \(scores.count) scores for a pool of \(pool.choices.count) problems")
    unmet = scores.indices.filter { scores[$0] < 0 }
    ranking = scores.indices.filter { scores[$0] >= 0 }.sorted {
      scores[$0] != scores[$1] ? scores[$0] > scores[$1] : metAt[$0] < metAt[$1]
    }
    rankSums =
      ranking.indices.map {
        ElementaryFunctions.power(Double($0 + 1), -1 / config.temperature)
      }.runningSums
    staleSums = ranking.map { Double(state.groups + 1 - metAt[$0]) }.runningSums
  }

  public func metrics() -> [String: Double] {
    var metrics = [
      "curriculum/problems": Double(pool.choices.count), "curriculum/met": Double(ranking.count),
    ]
    if !ranking.isEmpty {
      metrics["curriculum/mean_score"] =
        ranking.reduce(0) { $0 + state.scores[$1] } / Double(ranking.count)
    }
    return metrics
  }
}

extension [Double] {
  fileprivate var runningSums: [Double] {
    var sum = 0.0
    return map { weight in
      sum += weight
      return sum
    }
  }

  /// Of running sums, the place that holds this share of the whole.
  fileprivate func place(of share: Double) -> Int {
    let position = share * (last ?? 0)
    var (low, high) = (0, count - 1)
    while low < high {
      let middle = (low + high) / 2
      if self[middle] > position { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
