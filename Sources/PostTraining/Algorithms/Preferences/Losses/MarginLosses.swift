import Configuration
import Objectives
import TensorCore

/// A loss of `d`, how much better the chosen completion scores than the rejected one.
protocol MarginLoss: PreferenceLoss {
  var score: Variant<PairScoreCatalog> { get }
  func values(ofMargins margins: Tensor, beta: Float) -> Tensor  // [P]
  /// With `d` for the margin.
  var function: String { get }
}

extension MarginLoss {
  var reads: Set<PreferenceInput> { score.score.reads.union([.beta]) }
  var formula: String { "\(function), d = Δ \(score.score.formula)" }

  func values(_ evidence: PairEvidence, beta: Float) -> Tensor {
    values(ofMargins: score.score.normalized(evidence).margins, beta: beta)
  }
}

extension KeyDescription {
  fileprivate static let score = KeyDescription("score", "what a margin is the difference of")
}

struct SigmoidLoss: MarginLoss {
  static let name = "sigmoid"
  var weight: Double = 1
  var score = Variant<PairScoreCatalog>()
  var labelSmoothing: Double = 0
  var gamma: Double = 0
  init() {}

  static let keys = [
    .lossWeight, .score, .labelSmoothing,
    KeyDescription("gamma", "the margin aimed at: SimPO's γ", "0..."),
  ]

  func values(ofMargins margins: Tensor, beta: Float) -> Tensor {
    sigmoidPreference(
      margins, beta: beta, labelSmoothing: Float(labelSmoothing), target: Float(gamma))
  }

  var function: String {
    let x = gamma > 0 ? "βd - \(gamma)" : "βd"
    return labelSmoothing > 0
      ? "-\(1 - labelSmoothing)·log σ(\(x)) - \(labelSmoothing)·log σ(-(\(x)))" : "-log σ(\(x))"
  }
}

struct RobustLoss: MarginLoss {
  static let name = "robust"
  var weight: Double = 1
  var score = Variant<PairScoreCatalog>()
  var labelSmoothing: Double = 0.1
  init() {}

  static let keys = [KeyDescription.lossWeight, .score, .labelSmoothing]

  func values(ofMargins margins: Tensor, beta: Float) -> Tensor {
    robustPreference(margins, beta: beta, labelSmoothing: Float(labelSmoothing))
  }

  var function: String {
    "[-\(1 - labelSmoothing)·log σ(βd) + \(labelSmoothing)·log σ(-βd)]/\(1 - 2 * labelSmoothing)"
  }
}

struct HingeLoss: MarginLoss {
  static let name = "hinge"
  var weight: Double = 1
  var score = Variant<PairScoreCatalog>()
  init() {}

  static let keys = [KeyDescription.lossWeight, .score]
  var function: String { "max(0, 1 - βd)" }

  func values(ofMargins margins: Tensor, beta: Float) -> Tensor {
    hingePreference(margins, beta: beta)
  }
}

struct IPOLoss: MarginLoss {
  static let name = "ipo"
  var weight: Double = 1
  /// Means over tokens, as TRL has it; the paper's are sums.
  var score = Variant<PairScoreCatalog>(LogRatioScore.name, Self.normalizedScore)
  init() {}

  private static var normalizedScore: LogRatioScore {
    var score = LogRatioScore()
    score.lengthNormalized = true
    return score
  }

  static let keys = [KeyDescription.lossWeight, .score]
  var function: String { "(d - 1/(2β))²" }

  func values(ofMargins margins: Tensor, beta: Float) -> Tensor {
    identityPreference(margins, beta: beta)
  }
}

struct EXOLoss: MarginLoss {
  static let name = "exo_pair"
  var weight: Double = 1
  var score = Variant<PairScoreCatalog>()
  var labelSmoothing: Double = 1e-3
  init() {}

  static let keys = [KeyDescription.lossWeight, .score, .labelSmoothing]

  func validate() throws(ConfigError) {
    if labelSmoothing == 0 {
      throw ConfigError(
        path: "label_smoothing",
        reason: "exo_pair takes its logarithm: expected above 0, such as 0.001, found 0")
    }
  }

  var function: String { "KL((σ(βd), σ(-βd)) ‖ (\(1 - labelSmoothing), \(labelSmoothing)))" }

  func values(ofMargins margins: Tensor, beta: Float) -> Tensor {
    exactPreference(margins, beta: beta, labelSmoothing: Float(labelSmoothing))
  }
}

struct DiscoPOPLoss: MarginLoss {
  static let name = "discopop"
  var weight: Double = 1
  var score = Variant<PairScoreCatalog>()
  var discopopTau: Double = 0.05
  init() {}

  static let keys = [
    .lossWeight, .score, KeyDescription("discopop_tau", "temperature of the gate", ">0"),
  ]
  var function: String { "-(1 - g)·log σ(βd) + g·e^(-βd), g = σ(βd/\(discopopTau))" }

  func values(ofMargins margins: Tensor, beta: Float) -> Tensor {
    discoveredPreference(margins, beta: beta, temperature: Float(discopopTau))
  }
}
