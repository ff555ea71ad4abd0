import Configuration

/// The shapers of a stage, one after another: each takes the rewards that the last one left.
public struct Shaping: Stateful, Sendable {
  /// What a step's rewards became, and what is to be said about it.
  public struct Outcome: Sendable {
    /// One reward a rollout of each group.
    public var rewards: [[Double?]] = []
    /// `reward/raw/mean`, `reward/<term>/mean` over judged rollouts, and the shapers' own.
    public var metrics: [String: Double] = [:]
    public var events: [HookEvent] = []
  }

  private var shapers: [any RewardShaper] = []

  /// Throws where a shaper stands twice, does not fit the stage, or where all together could make
  /// a failure worth a success.
  public init(
    _ choices: [Variant<ShaperCatalog>], _ context: ShapingContext
  ) throws(ConfigError) {
    for (index, choice) in choices.enumerated() {
      if choices[..<index].contains(where: { $0.type == choice.type }) {
        throw ConfigError(path: "shaping[\(index)]", reason: "\(choice.type) stands here twice")
      }
      do throws(ConfigError) {
        shapers.append(try choice.shaper(in: context))
      } catch {
        throw ConfigError(path: "shaping[\(index)].\(error.path)", reason: error.reason)
      }
    }
    let bound = shapers.reduce(0) { $0 + $1.bound }
    let margin = context.environment.successMargin
    guard shapers.isEmpty || bound < margin else {
      throw ConfigError(
        path: "shaping",
        reason: "the bonuses together may come to \(bound), and \(context.environment.name) pays "
          + "only \(margin) more for a success than for a failure: expected less than that")
    }
  }

  /// The shapers' states, in the order of the configuration.
  public var state: [JSON] {
    get { shapers.map(\.storedState) }
    set { for index in shapers.indices { shapers[index].resume(from: newValue[index]) } }
  }

  /// Shapes the groups of one step in their order. Steps of the stage count from 0.
  public mutating func shape(_ groups: [ShapedGroup], step: Int) -> Outcome {
    var outcome = Outcome()
    var tally = ShapingTally()
    for group in groups {
      let verdicts = group.finished.verdicts
      var rewards = verdicts.map(\.score)
      tally.raw += rewards.compactMap { $0 }.reduce(0, +)
      for index in shapers.indices {
        let shaped = shapers[index].shape(rewards, of: group, step: step)
        tally.add(type(of: shapers[index]).name, shaped, after: rewards, verdicts)
        rewards = shaped
      }
      let judged = rewards.compactMap { $0 }
      tally.rollouts += judged.count
      tally.total += judged.reduce(0, +)
      outcome.rewards.append(rewards)
    }
    for index in shapers.indices { outcome.events += shapers[index].finish(tally) }
    outcome.metrics = tally.metrics
    for shaper in shapers { outcome.metrics.merge(shaper.metrics()) { own, _ in own } }
    return outcome
  }
}

/// Where the rewards of one step came from, summed over its judged rollouts.
public struct ShapingTally: Sendable, Equatable {
  public struct Term: Sendable, Equatable {
    public var sum = 0.0
    /// The part that went to rollouts without success.
    public var withoutSuccess = 0.0
  }

  public var rollouts = 0
  public var raw = 0.0
  /// After all shapers.
  public var total = 0.0
  public var terms: [String: Term] = [:]

  mutating func add(
    _ name: String, _ shaped: [Double?], after rewards: [Double?], _ verdicts: [Verdict]
  ) {
    var term = terms[name] ?? Term()
    for (index, verdict) in verdicts.enumerated() {
      guard let after = shaped[index], let before = rewards[index] else { continue }
      term.sum += after - before
      if !verdict.isSuccess { term.withoutSuccess += after - before }
    }
    terms[name] = term
  }

  var metrics: [String: Double] {
    guard rollouts > 0 else { return [:] }
    var metrics = ["reward/raw/mean": raw / Double(rollouts)]
    for (name, term) in terms { metrics["reward/\(name)/mean"] = term.sum / Double(rollouts) }
    return metrics
  }
}

extension Environment {
  /// What a success earns more than the best paid failure without partial credit.
  var successMargin: Double {
    judging.reward.success - max(judging.reward.failure, judging.reward.unparsed)
  }
}
