import Foundation

/// One next-token distribution in `Double`, from logits at a temperature.
///
/// This is the plain definition that fused kernels are held against: a row at a time, with the
/// gradient of each quantity by the logits written out.
public struct Distribution: Sendable {
  public let logProbs: [Double]  // [V]
  /// The logits were divided by it.
  public let temperature: Double

  public init(logits: [Double], temperature: Double = 1) {
    precondition(!logits.isEmpty, "Distribution: no logits")
    precondition(temperature > 0, "Distribution: temperature \(temperature) is not positive")
    let scaled = logits.map { $0 / temperature }
    let largest = scaled.reduce(-.infinity, max)
    let total = scaled.reduce(0) { $0 + exp($1 - largest) }
    let normalizer = largest + log(total)
    logProbs = scaled.map { $0 - normalizer }
    self.temperature = temperature
  }

  public var probabilities: [Double] { logProbs.map { exp($0) } }

  /// `-Σ p log p`.
  public var entropy: Double { expectation { -logProbs[$0] } }

  /// `KL(self ‖ other) = Σ p (log p - log q)`; "reverse" where `self` is the one being trained.
  public func divergence(from other: Distribution) -> Double {
    expectation { logProbs[$0] - other.logProbs[$0] }
  }

  /// The generalized Jensen–Shannon divergence, `β KL(q ‖ m) + (1 - β) KL(p ‖ m)` with
  /// `m = (1 - β) p + β q`, where `p` is this one and `q` the `teacher`.
  ///
  /// At the ends it is, as in GKD, the whole divergence and not its limit, which is 0:
  /// `KL(q ‖ p)` for `beta` 0, `KL(p ‖ q)` for 1.
  public func jensenShannonDivergence(teacher: Distribution, beta: Double) -> Double {
    precondition((0...1).contains(beta), "jensenShannonDivergence: beta \(beta) is not in 0...1")
    if beta == 0 { return teacher.divergence(from: self) }
    if beta == 1 { return divergence(from: teacher) }
    let mixture = mixed(with: teacher, beta: beta)
    return beta * teacher.expectation { teacher.logProbs[$0] - mixture[$0] }
      + (1 - beta) * expectation { logProbs[$0] - mixture[$0] }
  }
}

/// Gradients by the logits, `[V]`.
extension Distribution {
  /// Of `log p[token]`: `(1[v = token] - p) / τ`.
  public func gradientOfLogProb(at token: Int) -> [Double] {
    indices.map { ((($0 == token) ? 1 : 0) - exp(logProbs[$0])) / temperature }
  }

  /// Of the entropy: `-p (log p + H) / τ`.
  public var gradientOfEntropy: [Double] { gradient { -logProbs[$0] } }

  /// Of `KL(self ‖ other)`: `p (log p - log q - KL) / τ`.
  public func gradientOfDivergence(from other: Distribution) -> [Double] {
    gradient { logProbs[$0] - other.logProbs[$0] }
  }

  /// Of `KL(other ‖ self)`: `(p - q) / τ`.
  public func gradientOfForwardDivergence(from other: Distribution) -> [Double] {
    indices.map { (exp(logProbs[$0]) - exp(other.logProbs[$0])) / temperature }
  }

  /// Of the generalized Jensen–Shannon divergence; its ends as in the value.
  public func gradientOfJensenShannonDivergence(teacher: Distribution, beta: Double) -> [Double] {
    if beta == 0 { return gradientOfForwardDivergence(from: teacher) }
    if beta == 1 { return gradientOfDivergence(from: teacher) }
    let mixture = mixed(with: teacher, beta: beta)
    return gradient { (1 - beta) * (logProbs[$0] - mixture[$0]) }
  }
}

extension Distribution {
  private var indices: Range<Int> { logProbs.indices }

  private func expectation(of value: (Int) -> Double) -> Double {
    indices.reduce(0) { $0 + exp(logProbs[$1]) * value($1) }
  }

  /// `p (f - Σ p f) / τ`: what each `Σ p f` comes to whose `f` is `log p` plus parts that cancel.
  private func gradient(of value: (Int) -> Double) -> [Double] {
    let mean = expectation(of: value)
    return indices.map { exp(logProbs[$0]) * (value($0) - mean) / temperature }
  }

  /// `log((1 - β) p + β q)`.
  private func mixed(with teacher: Distribution, beta: Double) -> [Double] {
    indices.map { log((1 - beta) * exp(logProbs[$0]) + beta * exp(teacher.logProbs[$0])) }
  }
}
