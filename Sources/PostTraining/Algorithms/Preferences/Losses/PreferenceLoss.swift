import Configuration
import Objectives
import TensorCore

/// One term of a preference objective, by its keys: what it reads, and its value for each pair.
protocol PreferenceLoss: ConfigBlock {
  /// The `type` that chooses it, and its name in `losses/<type>`.
  static var name: String { get }
  /// λ, its share of the sum.
  var weight: Double { get }
  var reads: Set<PreferenceInput> { get }
  /// Without λ, for a plan.
  var formula: String { get }
  /// Of each pair of a micro-batch; the mean over the step's pairs is taken outside.
  func values(_ evidence: PairEvidence, beta: Float) -> Tensor  // [P]
}

/// What a loss may read, so that a key which nothing reads is refused and no more is computed.
enum PreferenceInput: Sendable {
  case reference
  /// The stage's `beta`.
  case beta
  /// Sums over tokens, whose tails `ld_alpha` weighs.
  case sums
  /// Ranks over the whole step.
  case marginRanks, ratioRanks
  /// KTO's z, of the whole step.
  case referencePoint
}

/// What the losses see of a micro-batch's pairs.
struct PairEvidence {
  var tokens: PairedTokens
  /// `Σ_t log π`.
  var logProbs: PairScores
  /// The same with `ld_alpha` on the tokens beyond the shorter completion.
  var sums: PairScores
  /// As `sums`, of the reference, without gradient.
  var referenceSums: PairScores?
  /// What was taken over the whole step.
  var coupling: StepCoupling.Part
  /// Pairs of the step over tokens of its chosen completions.
  var pairsPerChosenToken: Float

  /// `log π/π_ref` of each completion; a stage that reads it has a reference.
  var logRatios: PairScores {
    guard let referenceSums else { preconditionFailure("logRatios: there is no reference") }
    return sums.ratios(to: referenceSums)
  }
}

/// The losses a stage may add up: a new one is its block and its line here.
public enum PreferenceLossCatalog: VariantCatalog {
  static let types: [any PreferenceLoss.Type] = [
    SigmoidLoss.self, RobustLoss.self, HingeLoss.self, IPOLoss.self, EXOLoss.self,
    DiscoPOPLoss.self, NCALoss.self, BCOLoss.self, SPPOLoss.self, APOZeroLoss.self,
    APODownLoss.self, AOTLoss.self, UnpairedAOTLoss.self, KTOLoss.self, OddsRatioLoss.self,
    SFTLoss.self,
  ]
  public static let standard = SigmoidLoss.name
  public static var entries: [(name: String, block: any ConfigBlock.Type)] {
    types.map { ($0.name, $0) }
  }
}

extension Variant where Catalog == PreferenceLossCatalog {
  var loss: any PreferenceLoss {
    guard let loss = block as? any PreferenceLoss else {
      preconditionFailure("PreferenceLossCatalog: \(type) is not a loss")
    }
    return loss
  }
}

extension KeyDescription {
  static let lossWeight = KeyDescription("weight", "its share of the sum of losses", ">0")
  static let labelSmoothing = KeyDescription(
    "label_smoothing", "share of pairs believed to be the wrong way round", "0..<0.5")
}
