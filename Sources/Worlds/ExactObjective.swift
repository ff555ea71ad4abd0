import Objectives

/// What an estimator is meant to climb: `J - reverseKL · KL(π‖ref) + entropy · H`, all of whole
/// completions.
public struct ExactObjective: Sendable, Equatable {
  /// Whether the expected reward `J` is part of it.
  public var reward: Bool
  public var reverseKL: Double
  public var entropy: Double

  public init(reward: Bool = true, reverseKL: Double = 0, entropy: Double = 0) {
    (self.reward, self.reverseKL, self.entropy) = (reward, reverseKL, entropy)
  }
}

extension World {
  /// `Σ π(y) f(y)` with `f` what the objective makes of one completion.
  public func value(of objective: ExactObjective) -> Double {
    zip(probabilities(under: policy), completions.indices)
      .reduce(0) { $0 + $1.0 * worth($1.1, objective) }
  }

  /// The gradient by the policy's logits, `Σ π(y) f(y) ∇log π(y)`.
  ///
  /// `f` may hold `log π` itself: what its own slope adds is `Σ π ∇log π = ∇Σ π = 0`.
  public func gradient(of objective: ExactObjective) -> [Double] {
    policyGradient(probabilities(under: policy)) { worth($0, objective) }
  }

  /// `∇KL(ref‖π)`, which is `-Σ ref(y) ∇log π(y)`.
  public var forwardDivergenceGradient: [Double] {
    policyGradient(probabilities(under: reference)) { _ in -1 }
  }

  /// The gradient of the next words' `KL(π‖ref)`, summed over the states on the way, as if how often
  /// each is visited did not depend on the policy.
  public var nextWordDivergenceGradient: [Double] {
    var gradient = Array(repeating: 0.0, count: policy.count)
    for (completion, probability) in zip(completions, probabilities(under: policy)) {
      for state in completion.states {
        let slope = policy.rows[state].gradientOfDivergence(from: reference.rows[state])
        policy.add(slope, of: state, times: probability, to: &gradient)
      }
    }
    return gradient
  }

  /// `E[r | s]` of each state under the policy.
  func expectedRewards() -> [Double] {  // [S]
    var (earned, visited) = (policy.rows.map { _ in 0.0 }, policy.rows.map { _ in 0.0 })
    for (index, probability) in probabilities(under: policy).enumerated() {
      for state in completions[index].states {
        earned[state] += probability * rewards[index]
        visited[state] += probability
      }
    }
    return zip(earned, visited).map { $0 / $1 }
  }

  /// `J` of one completion, less and plus what the objective says.
  private func worth(_ index: Int, _ objective: ExactObjective) -> Double {
    let logProb = policy.logProb(of: completions[index])
    let divergence = logProb - reference.logProb(of: completions[index])
    return (objective.reward ? rewards[index] : 0) - objective.reverseKL * divergence
      - objective.entropy * logProb
  }

  /// `Σ weight(y) f(y) ∇log π(y)`.
  private func policyGradient(_ weights: [Double], times f: (Int) -> Double) -> [Double] {
    var gradient = Array(repeating: 0.0, count: policy.count)
    for (index, completion) in completions.enumerated() {
      let scale = weights[index] * f(index)
      for (state, word) in zip(completion.states, completion.words) {
        policy.add(
          policy.rows[state].gradientOfLogProb(at: word), of: state, times: scale, to: &gradient)
      }
    }
    return gradient
  }
}
