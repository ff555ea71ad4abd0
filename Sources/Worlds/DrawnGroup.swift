import NeuralNetworks
import Objectives
import TensorCore

/// One group of completions as an objective sees it: numbers a token, laid end to end.
public struct DrawnGroup: Sendable {
  public let rewards: [Double]
  public let lengths: [Int]
  /// The policy's; gradients flow into them.
  public let statistics: TokenStatistics
  public let behaviorLogProbs: Tensor  // [M]
  public let referenceLogProbs: Tensor  // [M]
  /// Of the completion whose every word is the behavior policy's most probable.
  public let greedyReward: Double
  /// What the policy can expect before each word of each completion.
  let exactValues: [[Double]]
  let expectedReward: Double

  public func values(_ critic: Critic) -> [[Double]] {
    switch critic {
    case .exact: exactValues
    case .constant: lengths.map { Array(repeating: expectedReward, count: $0) }
    }
  }

  /// The group as a whole step.
  public func tokens(_ aggregation: Aggregation) -> TrainedTokens {
    TrainedTokens(
      lengths: lengths, aggregation: aggregation, totals: StepTotals(lengths: lengths))
  }

  public func ratios(_ level: RatioLevel, _ tokens: TrainedTokens) -> ImportanceRatios {
    ImportanceRatios(
      logProbs: statistics.logProbs, behaviorLogProbs: behaviorLogProbs, tokens: tokens,
      level: level)
  }

  /// `Σ (log π_behavior - log ref)` over each completion's tokens.
  public var sampledDivergences: [Double] { tokenDivergences.map { $0.reduce(0, +) } }

  /// `log π_behavior - log ref` of each completion's tokens.
  public var tokenDivergences: [[Double]] {
    var rest = k1Divergences(
      logProbs: behaviorLogProbs.values, referenceLogProbs: referenceLogProbs.values)[...]
    return lengths.map { length in
      defer { rest = rest.dropFirst(length) }
      return Array(rest.prefix(length))
    }
  }

  /// The sum over each completion's tokens.
  func sums(_ perToken: [Double]) -> [Double] {
    var rest = perToken[...]
    return lengths.map { length in
      defer { rest = rest.dropFirst(length) }
      return rest.prefix(length).reduce(0, +)
    }
  }
}

extension World {
  /// What minimizing `loss` does to the policy's logits, `-∇loss`, for one group of completions.
  ///
  /// The gradient by the tokens' log-probabilities, entropies and divergences is the tape's, in
  /// `Float`, as in training; from there to the logits it is written out, in `Double`.
  func step(
    on members: [Int], sampledBy sampler: TablePolicy, _ loss: (DrawnGroup) -> Objective
  ) -> (gradient: [Double], metrics: Metrics) {
    let drawn = members.map { completions[$0] }
    var (weights, gradients) = (Weights(), Weights())
    weights[.policy] = leaves(of: drawn)
    let metrics = accumulateGradients(
      of: weights, trainable: [.policy: .all], into: &gradients
    ) { watched -> (loss: Tensor, report: Metrics) in
      let objective = loss(group(members, drawn, sampler, watched[.policy] ?? Parameters()))
      return (objective.loss, objective.metrics)
    }
    return (byLogits(gradients[.policy] ?? Parameters(), drawn), metrics)
  }

  private func leaves(of drawn: [Completion]) -> Parameters {
    let states = drawn.flatMap(\.states)
    var leaves = Parameters()
    leaves["logProbs"] = tensor(drawn.flatMap(policy.logProbs))
    leaves["entropies"] = tensor(states.map { policy.rows[$0].entropy })
    leaves["divergences"] = tensor(
      states.map { policy.rows[$0].divergence(from: reference.rows[$0]) })
    return leaves
  }

  private func group(
    _ members: [Int], _ drawn: [Completion], _ sampler: TablePolicy, _ leaves: Parameters
  ) -> DrawnGroup {
    func leaf(_ name: String) -> Tensor { leaves[name] ?? Tensor([]) }
    return DrawnGroup(
      rewards: members.map { rewards[$0] }, lengths: drawn.map(\.length),
      statistics: TokenStatistics(
        logProbs: leaf("logProbs"), entropies: leaf("entropies"), divergences: leaf("divergences")),
      behaviorLogProbs: tensor(drawn.flatMap(sampler.logProbs)),
      referenceLogProbs: tensor(drawn.flatMap(reference.logProbs)),
      greedyReward: rewards[greedyCompletion(of: sampler)],
      exactValues: drawn.map { $0.states.map { values[$0] } }, expectedReward: values[0])
  }

  private func greedyCompletion(of sampler: TablePolicy) -> Int {
    completions.indices.first { index in
      zip(completions[index].states, completions[index].words).allSatisfy { state, word in
        let logProbs = sampler.rows[state].logProbs
        return logProbs.allSatisfy { $0 <= logProbs[word] }
      }
    } ?? 0
  }

  private func byLogits(_ gradients: Parameters, _ drawn: [Completion]) -> [Double] {
    var sum = Array(repeating: 0.0, count: policy.count)
    func add(_ leaf: String, _ slope: (_ state: Int, _ word: Int) -> [Double]) {
      let tokens = drawn.flatMap { zip($0.states, $0.words) }
      for ((state, word), upstream) in zip(tokens, gradients[leaf]?.values ?? [])
      where upstream != 0 {
        policy.add(slope(state, word), of: state, times: -Double(upstream), to: &sum)
      }
    }
    add("logProbs") { policy.rows[$0].gradientOfLogProb(at: $1) }
    add("entropies") { state, _ in policy.rows[state].gradientOfEntropy }
    add("divergences") { state, _ in
      policy.rows[state].gradientOfDivergence(from: reference.rows[state])
    }
    return sum
  }

  private func tensor(_ values: [Double]) -> Tensor { Tensor(values.map { Float($0) }) }
}
