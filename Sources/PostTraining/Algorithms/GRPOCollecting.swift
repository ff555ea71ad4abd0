import Configuration
import EnvironmentKit
import LanguageModels
import NeuralNetworks
import Objectives
import Randomness
import TensorCore

/// Asking, playing, gating, shaping, comparing: all that comes before the first gradient.
extension GRPO {
  public mutating func collect(
    step: Int, with models: BoundModels
  ) throws -> Collected<[RolloutGroup]> {
    var asked = try fillPlaces(with: models[.policy])
    tokens += asked.seen.reduce(0) { $0 + $1.lengths.reduce(0, +) }
    try checkFinite(asked.groups, step: step)
    if config.baseline == .greedy { try playGreedily(&asked.groups, with: models[.policy]) }
    let shaped = try reward(&asked.groups, step: step, models)
    let changes = curriculum.observe(asked.seen, step: step).map(\.hookEvent)
    let replayed = replayed(step: step, with: models[.policy])
    if config.replay.isOn {
      buffer.append(asked.groups, step: step, capacity: config.replay.capacity)
    }
    var metrics = measure(asked, shaping: shaped.metrics)
    metrics.merge(replayed.metrics)
    return Collected(
      asked.shortage == .train ? asked.groups + replayed.groups : [],
      metrics: metrics, rollouts: asked.groups,
      events: changes + shaped.events, endsStage: asked.shortage == .stop)
  }

  /// What the policy holds most probable for each of the step's problems, once.
  private mutating func playGreedily(
    _ groups: inout [RolloutGroup], with policy: any LanguageModel
  ) throws {
    let choices = groups.map { group in
      (index: group.index, choice: Choice(level: group.level, problem: group.problem))
    }
    let played = try greedyCollector.play(choices, with: policy)
    for (place, group) in played.enumerated() {
      groups[place].greedy = group.rollouts[0]
      tokens += group.rollouts[0].length
    }
  }

  /// Asks until each place of the batch has a group that a gate kept or refused for good; what
  /// was kept stays, however often the others are asked again.
  mutating func fillPlaces(with policy: any LanguageModel) throws -> Asked {
    var asked = Asked()
    var places: [RolloutGroup?] = Array(repeating: nil, count: config.promptsPerStep)
    var attempts = Array(repeating: 0, count: config.promptsPerStep)
    while places.contains(where: { $0 == nil }) {
      let vacant = places.indices.filter { places[$0] == nil }
      for (place, var group) in zip(
        vacant, try collector.play(try vacant.map { _ in try ask() }, with: policy))
      {
        asked.seen.append(group.finished)
        switch gates.decide(on: group.finished, attempt: attempts[place]) {
        case .keep: places[place] = group
        case .refuse(let shortage):
          asked.shortage = max(asked.shortage, shortage)
          group.isSkipped = true
          places[place] = group
        case .resample: attempts[place] += 1
        }
      }
    }
    asked.groups = places.compactMap { $0 }
    return asked
  }

  /// A policy whose probabilities are no numbers has diverged, whatever it happened to say.
  private func checkFinite(_ groups: [RolloutGroup], step: Int) throws {
    let broken = groups.first { $0.rollouts.contains { $0.logProbs.contains { !$0.isFinite } } }
    guard let broken else { return }
    throw DivergedError(
      step: step + 1, what: "a sampled log-probability", batch: broken.json(step: step))
  }

  private mutating func ask() throws -> (index: Int, choice: Choice) {
    let index = problems
    problems += 1
    var random = context.random.split("problem", index)
    return (index, try curriculum.next(using: &random))
  }

  /// Raw scores, then shapers, then the divergence that belongs to the reward, then advantages.
  private mutating func reward(
    _ groups: inout [RolloutGroup], step: Int, _ models: BoundModels
  ) throws -> Shaping.Outcome {
    var shaped = shaping.shape(groups.map { $0.shaped(in: context) }, step: step)
    for (place, rewards) in shaped.rewards.enumerated() {
      for (sample, reward) in rewards.enumerated() {
        guard reward?.isFinite ?? true else {
          throw DivergedError(step: step + 1, what: "a reward")
        }
        groups[place].rollouts[sample].reward = reward
      }
    }
    let divergences = divergences(of: groups, models)
    if config.beta > 0 && config.klIn != .loss {
      shaped.metrics["reward/kl/mean"] = addDivergence(divergences, to: &groups)
    }
    let advantages = config.advantages(
      of: groups.map { group in
        RewardGroup(
          group.rollouts.map(\.reward), lengths: group.rollouts.map(\.length),
          greedyReward: group.greedy?.reward)
      }, divergences: divergences)
    for (place, values) in advantages.enumerated() {
      for (sample, advantages) in values.enumerated() {
        groups[place].rollouts[sample].advantages = advantages
      }
    }
    return shaped
  }

  /// `log π_behavior − log π_reference` of each sampled token where the reward is to pay for it;
  /// 0 elsewhere, and of rollouts without a verdict.
  private func divergences(
    of groups: [RolloutGroup], _ models: BoundModels
  ) -> [[[Double]]] {
    groups.map { group in
      var divergences = group.rollouts.map { Array(repeating: 0.0, count: $0.length) }
      guard config.beta > 0, config.klIn != .loss, !group.judged.isEmpty else { return divergences }
      var packed = PackedTokens()
      packed.append(group)
      let reference = models[.reference].statistics(
        of: packed, temperature: Float(config.temperature)
      ).logProbs.values
      var values = k1Divergences(
        logProbs: group.judged.flatMap(\.scoredLogProbs), referenceLogProbs: reference)[...]
      for sample in group.rollouts.indices where group.rollouts[sample].reward != nil {
        divergences[sample] = Array(values.prefix(divergences[sample].count))
        values = values.dropFirst(divergences[sample].count)
      }
      return divergences
    }
  }

  /// `r ← r − β Σ k1` where the divergence is the reward's; where it is each token's, it waits for
  /// the advantages. Returns what it adds either way, as a mean over judged rollouts.
  private func addDivergence(
    _ divergences: [[[Double]]], to groups: inout [RolloutGroup]
  ) -> Double? {
    var (total, judged) = (0.0, 0)
    for place in groups.indices {
      for sample in groups[place].rollouts.indices {
        guard let reward = groups[place].rollouts[sample].reward else { continue }
        let penalty = config.beta * divergences[place][sample].reduce(0, +)
        if config.klIn == .reward { groups[place].rollouts[sample].reward = reward - penalty }
        (total, judged) = (total - penalty, judged + 1)
      }
    }
    return judged > 0 ? total / Double(judged) : nil
  }
}

/// What a step asked, and what came of it.
struct Asked {
  /// Every group in the order it was asked, also those that others replaced.
  var seen: [FinishedGroup] = []
  /// One a place of the batch.
  var groups: [RolloutGroup] = []
  var shortage = Shortage.train
}

extension RolloutGroup {
  /// The group as shapers see it.
  func shaped(in context: TrainingContext) -> ShapedGroup {
    ShapedGroup(finished, problem: problem) { index in
      let rollout = rollouts[index]
      return ShapedGroup.Completion(
        tokens: zip(rollout.tokens, rollout.isSampled).compactMap { $1 ? $0 : nil },
        text: context.text(of: rollout.tokens[...], rollout.finish))
    }
  }
}
