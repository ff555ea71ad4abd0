import Foundation
import TestSupport

/// What the tests read of `losses.json`.
struct LossFixtures: Decodable {
  let logprob: LogProb
  let gkd: GKD
  let kl: KL
  let grpo: GRPO
  let ppo: PPO

  static let shared = Result { try Fixture.json("losses/losses.json", as: LossFixtures.self) }

  struct LogProb: Decodable {
    struct Inputs: Decodable {
      let logits: [[[Double]]]
      let ids: [[Int]]
      let w, we: [[Double]]
    }
    struct Case: Decodable {
      let temperature: Double
      let logps, entropy: [[Double]]
      let gradLogitsOfSumWLogps, gradLogitsOfSumWeEntropy: [[[Double]]]
    }
    let inputs: Inputs
    let cases: [Case]
  }

  struct GKD: Decodable {
    struct Inputs: Decodable {
      let studentLogits, teacherLogits: [[[Double]]]
      let labels: [[Int]]
    }
    struct Case: Decodable {
      let beta, temperature: Double
      let reduction: String
      let labels: Bool
      let loss: Double
      let gradStudent: [[[Double]]]
    }
    let inputs: Inputs
    let cases: [Case]
  }

  struct GroupAdvantages: Decodable {
    let numGenerations: Int
    let rewards: [Double]
    let scaleRewards: [String: [Double]]
  }

  struct KL: Decodable {
    struct Inputs: Decodable { let logps, refLogps: [[Float]] }
    struct Estimator: Decodable { let values, gradLogps: [[Double]] }
    let inputs: Inputs
    let estimators: [String: Estimator]
  }
}

extension LossFixtures {
  struct GRPO: Decodable {
    let inputs: Inputs
    let cases: [Case]
    let groupAdvantages: GroupAdvantages

    struct Inputs: Decodable {
      let logps, oldLogps, refLogps, entropies: [[Float]]
      let mask: Mask
      let advantages: [Double]
      let maxCompletionLength: Int
    }

    struct Case: Decodable {
      let options: Options
      let loss: Double
      let gradLogps: [[Double]]
      let gradEntropies: [[Double]]?
      let metrics: [String: Double]
    }

    struct Options: Decodable {
      let lossType, importanceSamplingLevel: String
      let beta, epsilon, epsilonHigh, topEntropyQuantile, entropyCoef: Float
      let delta, offPolicyMaskThreshold: Float?
      let useBiasCorrectionKl, useOld: Bool
    }
  }
}

extension LossFixtures {
  /// Which elements of a padded table are trained.
  struct Mask: Decodable {
    let rows: [[Int]]

    init(from decoder: any Decoder) throws {
      rows = try decoder.singleValueContainer().decode([[Int]].self)
    }

    var lengths: [Int] { rows.map { $0.reduce(0, +) } }

    /// The trained elements end to end.
    func callAsFunction<Element>(_ table: [[Element]]) -> [Element] {
      zip(table, rows).flatMap { row, mask in zip(row, mask).filter { $1 == 1 }.map(\.0) }
    }
  }
}
