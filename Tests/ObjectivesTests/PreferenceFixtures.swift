import TestSupport

/// The families `dpo` and `reward_model` of `losses.json`.
struct PreferenceFixtures: Decodable {
  let dpo: DPO
  let rewardModel: RewardModel

  static let shared = Result {
    try Fixture.json("losses/losses.json", as: PreferenceFixtures.self)
  }

  struct DPO: Decodable {
    let inputs: Inputs
    let cases: [Case]
    let conservativeSigmoid: Conservative
  }

  /// The first half of the rows are chosen completions, the second half the rejected ones.
  struct Inputs: Decodable {
    let tokenLogps, logSumSqProbs: [[Float]]
    let mask: LossFixtures.Mask
    let refChosenLogps, refRejectedLogps: [Float]
  }

  struct Options: Decodable {
    let beta, labelSmoothing, discopopTau: Float
    let fDivergenceType: String
    let fAlphaDivergenceCoef: Double
    let ldAlpha: Float?
    let useWeighting: Bool
    let lossWeights: [Float]?
  }

  struct Case: Decodable {
    let lossType: Words
    let options: Options
    let loss: Double
    let gradTokenLogps: [[Double]]
    /// `null` where nothing depends on the reference.
    let gradRefChosen, gradRefRejected: [Double]?
    let rewardsChosenMean, rewardsRejectedMean, rewardAccuracy: Double
  }

  struct Conservative: Decodable {
    let beta, labelSmoothing: Float
    let loss: Double
    let gradChosenLogps, gradRejectedLogps: [Double]
  }

  struct RewardModel: Decodable {
    struct Inputs: Decodable { let rewards, margin: [Float] }
    struct Case: Decodable {
      let margin: Bool
      let centerRewardsCoefficient: Float?
      let loss, accuracy: Double
      let gradRewards: [Double]
    }
    let inputs: Inputs
    let cases: [Case]
  }

  /// One word or several.
  struct Words: Decodable {
    let all: [String]

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      all = try (try? [container.decode(String.self)]) ?? container.decode([String].self)
    }
  }
}
