import Foundation
import Randomness

extension World {
  /// The worlds there are: one a line.
  public static let all = [words, answer, choice]

  /// Graded rewards and lengths from 1 to 3.
  public static let words = World(
    name: "words", summary: "the share of words that are b", words: vocabulary, stop: stop,
    horizon: 3, lag: 1.4, reward: { shareOfB($0.filter { $0 != stop }) }, policy: policyLogits,
    reference: referenceLogits)

  /// Right or wrong, and right is rare: one completion of 15.
  public static let answer = World(
    name: "answer", summary: "1 for \"a b .\", else 0", words: vocabulary, stop: stop, horizon: 3,
    lag: 6, reward: { $0 == ["a", "b", stop] ? 1 : 0 }, policy: policyLogits,
    reference: referenceLogits)

  /// One word of three, whose expected gradients can be worked out by hand.
  public static let choice = World(
    name: "choice", summary: "one word: 0 for a, 1 for b, 0.5 for c", words: ["a", "b", "c"],
    horizon: 1, lag: 1, reward: { ["b": 1, "c": 0.5][$0[0]] ?? 0 },
    policy: { _ in [0.7, 0.2, 0.1].map { log($0) } },
    reference: { _ in [0.5, 0.3, 0.2].map { log($0) } })

  private static let stop = "."
  private static let vocabulary = ["a", "b", stop]

  private static func shareOfB(_ words: [String]) -> Double {
    words.isEmpty ? 0 : Double(words.count { $0 == "b" }) / Double(words.count)
  }

  private static func policyLogits(state: Int) -> [Double] {
    normals("policy", state, deviation: 0.7)
  }

  private static func referenceLogits(state: Int) -> [Double] {
    zip(policyLogits(state: state), normals("reference", state, deviation: 0.5))
      .map { $0 + $1 }
  }

  private static func normals(_ purpose: String, _ state: Int, deviation: Double) -> [Double] {
    var random = RandomStream(seed: 0).split(purpose, state)
    return vocabulary.map { _ in deviation * random.normal() }
  }
}
