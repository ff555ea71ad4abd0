import Foundation
import TestSupport

/// What the tests read of `losses.json`.
struct LossFixtures: Decodable {
  let logprob: LogProb
  let gkd: GKD
  let grpo: GRPO

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

  struct GRPO: Decodable {
    let groupAdvantages: GroupAdvantages
  }

  struct GroupAdvantages: Decodable {
    let numGenerations: Int
    let rewards: [Double]
    let scaleRewards: [String: [Double]]
  }
}
