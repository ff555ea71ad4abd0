/// The `ppo` family of `losses.json`: one batch from log-probs, values and scores to gradients.
extension LossFixtures {
  struct PPO: Decodable {
    let inputs: Inputs
    let cases: [Case]
    let gae: GAE

    struct Inputs: Decodable {
      let logprobs, refLogprobs, newLogprobs, values, vpred: [[Float]]
      let scores: [Double]
      let mask: Mask
    }

    struct Options: Decodable {
      let klEstimator: String
      let gamma, lam, klCoef: Double
      let whitenRewards: Bool
      let cliprange, cliprangeValue, vfCoef: Float
    }

    struct Case: Decodable {
      let options: Options
      let rewards, advantagesRaw, returns, advantages: [[Double]]
      let pgLoss, vfLoss, loss, pgClipfrac, vfClipfrac, approxkl: Double
      let gradLogprobs, gradValues: [[Double]]
    }
  }

  /// The textbook recursion, with a value after the last token.
  struct GAE: Decodable {
    let rewards: [[Double]]
    let valuesTPlus1: [[Double]]
    let cases: [Case]

    struct Case: Decodable {
      let gamma, lam: Double
      let advantages, returns: [[Double]]
    }
  }
}
