import Configuration
import Objectives
import TensorCore

/// A loss of the two log-ratios `c` and `r` apart, whose only key is its weight.
protocol LogRatioLoss: PreferenceLoss {
  func values(of logRatios: PairScores, beta: Float) -> Tensor  // [P]
}

extension LogRatioLoss {
  static var keys: [KeyDescription] { [.lossWeight] }
  var reads: Set<PreferenceInput> { [.reference, .sums, .beta] }

  func values(_ evidence: PairEvidence, beta: Float) -> Tensor {
    values(of: evidence.logRatios, beta: beta)
  }
}

struct NCALoss: LogRatioLoss {
  static let name = "nca_pair"
  var weight: Double = 1
  init() {}
  var formula: String { "-log σ(βc) - ½ log σ(-βc) - ½ log σ(-βr)" }

  func values(of logRatios: PairScores, beta: Float) -> Tensor {
    contrastivePreference(logRatios, beta: beta)
  }
}

struct BCOLoss: LogRatioLoss {
  static let name = "bco_pair"
  var weight: Double = 1
  init() {}
  var formula: String { "-log σ(βc) - log σ(-βr)" }

  func values(of logRatios: PairScores, beta: Float) -> Tensor {
    binaryPreference(logRatios, beta: beta)
  }
}

struct SPPOLoss: LogRatioLoss {
  static let name = "sppo_hard"
  var weight: Double = 1
  init() {}
  var formula: String { "(c - 1/(2β))² + (r + 1/(2β))²" }

  func values(of logRatios: PairScores, beta: Float) -> Tensor {
    selfPlayPreference(logRatios, beta: beta)
  }
}

struct APOZeroLoss: LogRatioLoss {
  static let name = "apo_zero"
  var weight: Double = 1
  init() {}
  var formula: String { "1 - σ(βc) + σ(βr)" }

  func values(of logRatios: PairScores, beta: Float) -> Tensor {
    AnchoredPreference.zero(logRatios, beta: beta)
  }
}

struct APODownLoss: LogRatioLoss {
  static let name = "apo_down"
  var weight: Double = 1
  init() {}
  var formula: String { "σ(βc) + 1 - σ(β(c - r))" }

  func values(of logRatios: PairScores, beta: Float) -> Tensor {
    AnchoredPreference.down(logRatios, beta: beta)
  }
}
