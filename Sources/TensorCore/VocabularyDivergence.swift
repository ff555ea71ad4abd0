import Kernels

/// How far the trained next-token distribution `p` is from a fixed one, `q`.
public struct VocabularyDivergence: Sendable, Hashable {
  public enum Kind: Sendable, Hashable {
    case none
    /// `KL(p ‖ q)`.
    case reverseKL
    /// `KL(q ‖ p)`.
    case forwardKL
    /// `JSD_β = β KL(q ‖ m) + (1 − β) KL(p ‖ m)` with `m = (1 − β) p + β q`, as GKD has it (Agarwal et
    /// al., "On-policy distillation of language models", 2024): at the ends `KL(q ‖ p)` for 0 and
    /// `KL(p ‖ q)` for 1, though `JSD_β` goes to 0 there.
    ///
    /// Normalized it is `JSD_β / (β (1 − β))`, whose limits at 0 and 1 are those two divergences.
    case jensenShannon(beta: Float, isNormalized: Bool)
    /// `−Σ r log p` with the labels `r = (1 − ε) q + ε / V`.
    case crossEntropy(smoothing: Float)
  }

  public var kind: Kind
  /// So many of the most probable tokens of `q` are told apart, and all others are one outcome.
  ///
  /// 0 tells all apart.
  public var topK = 0
  /// What the other's logits are divided by; `nil`: what the trained model's are.
  public var otherTemperature: Float?
  /// How many of the most probable tokens figures are reported over; 0 reports none.
  public var reportedTokens = 0

  public init(
    _ kind: Kind, topK: Int = 0, otherTemperature: Float? = nil, reportedTokens: Int = 0
  ) {
    if case .jensenShannon(let beta, _) = kind {
      precondition((0...1).contains(beta), "jensenShannon: beta \(beta) is not in 0...1")
    }
    if case .crossEntropy(let smoothing) = kind {
      precondition((0...1).contains(smoothing), "crossEntropy: smoothing \(smoothing)")
    }
    precondition(topK >= 0 && otherTemperature ?? 1 > 0, "VocabularyDivergence: \(topK) tokens")
    (self.kind, self.topK) = (kind, topK)
    (self.otherTemperature, self.reportedTokens) = (otherTemperature, reportedTokens)
  }

  public static let none = VocabularyDivergence(.none)
  public static let reverseKL = VocabularyDivergence(.reverseKL)
  public static let forwardKL = VocabularyDivergence(.forwardKL)

  func comparison(temperature: Float) -> TokenComparison {
    let divergence: TokenDivergence?
    switch kind {
    case .none: divergence = nil
    case .reverseKL, .jensenShannon(beta: 1, _): divergence = .reverseKL
    case .forwardKL, .jensenShannon(beta: 0, _): divergence = .forwardKL
    case .jensenShannon(let beta, let isNormalized):
      divergence = .jensenShannon(beta: beta, isNormalized: isNormalized)
    case .crossEntropy(let smoothing): divergence = .crossEntropy(smoothing: smoothing)
    }
    return TokenComparison(
      divergence, topK: topK, inverseTemperature: 1 / (otherTemperature ?? temperature))
  }
}

/// What two models make of the same scored tokens, `p` the trained one: numbers to report, each
/// `[M]`, at the temperatures of the divergence.
public struct DistributionFigures: Sendable {
  /// `KL(p ‖ q)`, `KL(q ‖ p)`, and `JSD_½`.
  public let reverseKL, forwardKL, jensenShannon: [Float]
  /// `−Σ q log q`.
  public let otherEntropies: [Float]
  /// What `p` and `q` give to the most probable tokens of `q`, and the share of these that are among
  /// as many most probable tokens of `p`.
  public let mass, otherMass, overlap: [Float]

  init(_ values: [Float], count: Int) {
    func row(_ figure: TokenFigures.Figure) -> [Float] {
      Array(values[figure.rawValue * count..<(figure.rawValue + 1) * count])
    }
    (reverseKL, forwardKL) = (row(.reverseKL), row(.forwardKL))
    (jensenShannon, otherEntropies) = (row(.jensenShannon), row(.otherEntropy))
    (mass, otherMass, overlap) = (row(.mass), row(.otherMass), row(.overlap))
  }
}
