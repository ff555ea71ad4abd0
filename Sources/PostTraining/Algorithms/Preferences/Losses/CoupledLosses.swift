import Configuration
import Objectives
import TensorCore

/// Losses in which the step's pairs meet: what they take of one another is a constant of the step.

struct AOTLoss: PreferenceLoss {
  static let name = "aot"
  var weight: Double = 1
  var labelSmoothing: Double = 0
  init() {}

  static let keys = [KeyDescription.lossWeight, .labelSmoothing]
  var reads: Set<PreferenceInput> { [.reference, .sums, .beta, .marginRanks] }
  var formula: String { "-log σ(β(Δ log π - Δ log π_ref of equal rank)), ε = \(labelSmoothing)" }

  func values(_ evidence: PairEvidence, beta: Float) -> Tensor {
    transportedPreference(
      logProbMargins: evidence.sums.margins, partners: Tensor(evidence.coupling.marginPartners),
      beta: beta, labelSmoothing: Float(labelSmoothing))
  }
}

struct UnpairedAOTLoss: PreferenceLoss {
  static let name = "aot_unpaired"
  var weight: Double = 1
  var labelSmoothing: Double = 0
  init() {}

  static let keys = [KeyDescription.lossWeight, .labelSmoothing]
  var reads: Set<PreferenceInput> { [.reference, .sums, .beta, .ratioRanks] }
  var formula: String { "-log σ(β(c - r of equal rank)), ε = \(labelSmoothing)" }

  func values(_ evidence: PairEvidence, beta: Float) -> Tensor {
    transportedPreference(
      evidence.logRatios,
      partners: PairScores(
        chosen: Tensor(evidence.coupling.chosenPartners),
        rejected: Tensor(evidence.coupling.rejectedPartners)),
      beta: beta, labelSmoothing: Float(labelSmoothing))
  }
}

struct KTOLoss: PreferenceLoss {
  static let name = "kto"
  var weight: Double = 1
  var desirableWeight: Double = 1
  var undesirableWeight: Double = 1
  init() {}

  static let keys = [
    .lossWeight, KeyDescription("desirable_weight", "of chosen completions", "0..."),
    KeyDescription("undesirable_weight", "of rejected completions", "0..."),
  ]
  var reads: Set<PreferenceInput> { [.reference, .sums, .beta, .referencePoint] }
  var formula: String {
    "½[\(desirableWeight)·(1 - σ(β(c - z))) + \(undesirableWeight)·(1 - σ(β(z - r)))]"
  }

  func values(_ evidence: PairEvidence, beta: Float) -> Tensor {
    prospectPreference(
      evidence.logRatios, z: Float(evidence.coupling.referencePoint), beta: beta,
      desirable: Float(desirableWeight), undesirable: Float(undesirableWeight))
  }
}
