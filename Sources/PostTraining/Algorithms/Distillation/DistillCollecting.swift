import Configuration
import EnvironmentKit
import LanguageModels
import NeuralNetworks
import Objectives
import Randomness
import TensorCore

/// Where a step's completions come from.
extension Distill {
  public mutating func collect(
    step: Int, with models: BoundModels
  ) throws -> Collected<[Lesson]> {
    // Of the step's own stream: a resumed run takes the same side.
    var coin = context.random.split("lambda", step)
    if coin.uniform() < config.lambda { return try collectFromStudent(step, models) }
    if config.data == DistillConfig.teacher { return try collectFromTeacher(step, models) }
    return try collectGiven(step)
  }

  private mutating func collectFromStudent(
    _ step: Int, _ models: BoundModels
  ) throws -> Collected<[Lesson]> {
    var (asked, metrics, events) = try source.play(step: step, with: models)
    addTaskAdvantages(to: &asked.groups)
    // Where no rewards are compared, that they are equal is nobody's fault.
    metrics.merge(
      config.rewardWeight > 0
        ? asked.metrics : Metrics(asked.metrics.values.filter { !$0.key.hasPrefix("groups/") }))
    metrics.merge(counts(isOnPolicy: true))
    var lessons = asked.groups.map { group in
      Lesson(
        prompt: group.prompt,
        completions: group.rollouts.map {
          Lesson.Completion(
            tokens: $0.tokens, isScored: $0.isSampled, behaviorLogProbs: $0.scoredLogProbs,
            advantages: config.rewardWeight == 0
              ? [] : Array(repeating: $0.advantage, count: $0.length))
        })
    }
    if let sampled = config.divergence.block as? SampledReverseKL {
      let divergence = subtractDivergence(from: &lessons, sampled, models[.teacher])
      metrics.record("kl/sampled", divergence)
    }
    return Collected(lessons, metrics: metrics, rollouts: asked.groups, events: events)
  }

  private mutating func collectFromTeacher(
    _ step: Int, _ models: BoundModels
  ) throws -> Collected<[Lesson]> {
    let groups = try teacher.play(try askAll(), with: models[.teacher])
    let rollouts = groups.flatMap(\.rollouts)
    teacherTokens += rollouts.reduce(0) { $0 + $1.length }
    let lessons = groups.map { group in
      Lesson(
        prompt: group.prompt,
        completions: group.rollouts.map { .init(tokens: $0.tokens, isScored: $0.isSampled) })
    }
    // What the teacher gets right says nothing of what the student is to be asked.
    let events = source.passOver(step: step)
    var metrics = counts(isOnPolicy: false)
    let judged = rollouts.filter { $0.verdict.score != nil }
    metrics.record(
      "teacher/success",
      .mean(sum: Double(judged.count { $0.verdict.isSuccess }), weight: Double(judged.count)))
    return Collected(lessons, metrics: metrics, rollouts: groups, events: events)
  }

  private mutating func collectGiven(_ step: Int) throws -> Collected<[Lesson]> {
    let places = rows..<rows + config.promptsPerStep
    var rows = dataset?.rows(places, random: context.random) ?? []
    if dataset == nil {
      for (_, choice) in try askAll() { rows.append(try context.demonstration(of: choice)) }
    }
    self.rows = places.upperBound
    let lessons = rows.map {
      Lesson(
        prompt: $0.prompt, completions: [.init(tokens: $0.completion, isScored: $0.isScored)])
    }
    givenTokens += lessons.reduce(0) { $0 + $1.completions[0].length }
    let events = source.passOver(step: step)
    return Collected(lessons, metrics: counts(isOnPolicy: false), events: events)
  }

  private mutating func askAll() throws -> [(index: Int, choice: Choice)] {
    var choices: [(index: Int, choice: Choice)] = []
    for _ in 0..<config.promptsPerStep { choices.append(try source.ask()) }
    return choices
  }

  /// The task's reward, compared within each problem.
  private func addTaskAdvantages(to groups: inout [RolloutGroup]) {
    guard config.rewardWeight > 0 else { return }
    let advantages = groupRelativeAdvantages(
      groups.map { RewardGroup($0.rollouts.map(\.reward)) },
      AdvantageRule(scale: config.scaleRewards))
    for (place, values) in advantages.enumerated() {
      for (sample, advantage) in values.enumerated() {
        groups[place].rollouts[sample].advantage = config.rewardWeight * advantage
      }
    }
  }

  /// Blames each sampled token for `log π − log π_T`, and for what followed; returns the mean.
  func subtractDivergence(
    from lessons: inout [Lesson], _ sampled: SampledReverseKL, _ teacher: any LanguageModel
  ) -> Metrics.Value {
    var scores: [Float] = []
    for part in microBatches(lessons, limit: config.microBatchRows, size: \.rows) {
      var packed = PackedTokens()
      for lesson in part { packed.append(lesson) }
      scores +=
        teacher.statistics(
          of: packed, temperature: Float(config.temperatureOfTeacher)
        ).logProbs.values
    }
    var (next, sum) = (0, 0.0)
    for place in lessons.indices {
      for index in lessons[place].completions.indices {
        let completion = lessons[place].completions[index]
        let ofTeacher = Array(scores[next..<next + completion.length])
        next += completion.length
        let divergences = k1Divergences(
          logProbs: completion.behaviorLogProbs, referenceLogProbs: ofTeacher)
        sum += divergences.reduce(0, +)
        let blame = tokenAdvantages(
          of: 0, divergences: divergences, beta: config.coefficient, gamma: sampled.discount)
        let task = completion.advantages.isEmpty ? blame.map { _ in 0 } : completion.advantages
        lessons[place].completions[index].advantages = zip(task, blame).map { $0 + $1 }
      }
    }
    return .mean(sum: sum, weight: Double(next))
  }
}
