import Configuration
import Objectives
import TensorCore

/// Losses that need neither a reference nor β.

struct SFTLoss: PreferenceLoss {
  static let name = "sft"
  var weight: Double = 1
  init() {}

  static let keys = [KeyDescription.lossWeight]
  var reads: Set<PreferenceInput> { [] }
  var formula: String { "-(mean over the step's chosen tokens of log π)" }

  /// `-(P/N) Σ_t log π` of the chosen one: the mean over pairs of it is the mean over their tokens.
  func values(_ evidence: PairEvidence, beta: Float) -> Tensor {
    evidence.logProbs.chosen * -evidence.pairsPerChosenToken
  }
}

struct OddsRatioLoss: PreferenceLoss {
  static let name = "odds_ratio"
  var weight: Double = 1
  init() {}

  static let keys = [KeyDescription.lossWeight]
  var reads: Set<PreferenceInput> { [] }
  var formula: String { "-log σ(Δ log(p/(1 - p))), log p = log π/n" }

  func values(_ evidence: PairEvidence, beta: Float) -> Tensor {
    oddsRatioPreference(meanLogProbs: evidence.tokens.means(of: evidence.logProbs))
  }
}
