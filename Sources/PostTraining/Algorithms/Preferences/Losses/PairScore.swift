import Configuration
import Objectives

/// What a margin is the difference of: a completion's score.
protocol PairScore: ConfigBlock {
  static var name: String { get }
  var lengthNormalized: Bool { get }
  var reads: Set<PreferenceInput> { get }
  func scores(_ evidence: PairEvidence) -> PairScores
  var formula: String { get }
}

/// The scores a loss of margins may take.
public enum PairScoreCatalog: VariantCatalog {
  static let types: [any PairScore.Type] = [LogRatioScore.self, LogProbScore.self]
  public static let standard = LogRatioScore.name
  public static var entries: [(name: String, block: any ConfigBlock.Type)] {
    types.map { ($0.name, $0) }
  }
}

extension Variant where Catalog == PairScoreCatalog {
  var score: any PairScore {
    guard let score = block as? any PairScore else {
      preconditionFailure("PairScoreCatalog: \(type) is not a score")
    }
    return score
  }
}

extension PairScore {
  /// The scores of a micro-batch, a token's mean where that is asked for.
  func normalized(_ evidence: PairEvidence) -> PairScores {
    let scores = scores(evidence)
    return lengthNormalized ? evidence.tokens.means(of: scores) : scores
  }
}

/// `log π/π_ref`, or what another divergence than the reverse KL makes of it.
struct LogRatioScore: PairScore {
  static let name = "log_ratio"
  var lengthNormalized = false
  var fDivergence = Variant<FDivergenceCatalog>()
  init() {}

  static let keys = [
    .lengthNormalized,
    KeyDescription("f_divergence", "from the reference, whose optimum the reward belongs to"),
  ]

  var reads: Set<PreferenceInput> { [.reference, .sums] }

  func scores(_ evidence: PairEvidence) -> PairScores {
    let divergence = (fDivergence.block as? any FDivergenceKeys)?.divergence ?? .reverseKL
    return divergence.scores(of: evidence.logRatios)
  }

  var formula: String {
    let ratio = "log π/π_ref"
    let score = fDivergence.type == ReverseKLKeys.name ? ratio : "h_\(fDivergence.type)(\(ratio))"
    return lengthNormalized ? "\(score)/n" : score
  }
}

/// `log π`: no reference is needed.
struct LogProbScore: PairScore {
  static let name = "log_prob"
  var lengthNormalized = false
  init() {}

  static let keys = [KeyDescription.lengthNormalized]
  var reads: Set<PreferenceInput> { [.sums] }
  func scores(_ evidence: PairEvidence) -> PairScores { evidence.sums }
  var formula: String { lengthNormalized ? "log π/n" : "log π" }
}

extension KeyDescription {
  static let lengthNormalized = KeyDescription(
    "length_normalized", "whether a score is a mean over its completion's tokens")
}

/// The divergences, of which one has a key.
public enum FDivergenceCatalog: VariantCatalog {
  public static let entries: [(name: String, block: any ConfigBlock.Type)] = [
    (ReverseKLKeys.name, ReverseKLKeys.self), ("forward_kl", ForwardKLKeys.self),
    ("js_divergence", JensenShannonKeys.self), ("alpha_divergence", AlphaKeys.self),
  ]
  public static let standard = ReverseKLKeys.name
}

private protocol FDivergenceKeys: ConfigBlock {
  var divergence: FDivergence { get }
}

private struct ReverseKLKeys: FDivergenceKeys {
  static let name = "reverse_kl"
  static let keys: [KeyDescription] = []
  var divergence: FDivergence { .reverseKL }
}

private struct ForwardKLKeys: FDivergenceKeys {
  static let keys: [KeyDescription] = []
  var divergence: FDivergence { .forwardKL }
}

private struct JensenShannonKeys: FDivergenceKeys {
  static let keys: [KeyDescription] = []
  var divergence: FDivergence { .jensenShannon }
}

private struct AlphaKeys: FDivergenceKeys {
  var alpha: Double = 0.5
  static let keys = [KeyDescription("alpha", "of the α-divergence, not 1", "<1|>1")]
  var divergence: FDivergence { .alpha(alpha) }
}
