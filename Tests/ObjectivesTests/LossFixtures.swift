import Foundation
import TestSupport

/// What the tests read of `losses.json`.
struct LossFixtures: Decodable {
  let grpo: GRPO

  static let shared = Result { try Fixture.json("losses/losses.json", as: LossFixtures.self) }

  struct GRPO: Decodable {
    let groupAdvantages: GroupAdvantages
  }

  struct GroupAdvantages: Decodable {
    let numGenerations: Int
    let rewards: [Double]
    let scaleRewards: [String: [Double]]
  }
}
