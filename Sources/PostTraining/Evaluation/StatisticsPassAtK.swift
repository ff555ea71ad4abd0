/// A `k` that the number of samples cannot answer.
public struct PassAtKError: Error, Equatable, CustomStringConvertible {
  public let k: Int
  public let samples: Int

  public var description: String {
    k < 1
      ? "pass@\(k): k must be at least 1"
      : "pass@\(k) needs at least \(k) samples of each problem, found \(samples)"
  }
}

/// The chance that at least one of `k` samples drawn from these succeeds, without bias.
///
/// `1 - C(n - c, k) / C(n, k)` as a product, `1 - Π_{i = n-c+1..n} (1 - k / i)`, which neither
/// overflows nor cancels.
public func passAtK(_ k: Int, successes: Int, samples: Int) throws(PassAtKError) -> Double {
  precondition(
    (0...max(0, samples)).contains(successes), "passAtK: \(successes) successes of \(samples)")
  guard k >= 1, k <= samples else { throw PassAtKError(k: k, samples: samples) }
  if samples - successes < k { return 1 }
  var allFail = 1.0
  for i in (samples - successes)..<samples { allFail *= 1 - Double(k) / Double(i + 1) }
  return 1 - allFail
}

extension Estimate {
  /// pass@k as a mean over items, each with the outcomes of its samples.
  public static func passAtK(
    _ k: Int, _ outcomes: [[Bool]], confidence: Double = 0.95
  ) throws(PassAtKError) -> Estimate? {
    var items: [Double] = []
    for samples in outcomes where !samples.isEmpty {
      let successes = samples.count { $0 }
      items.append(
        try PostTraining.passAtK(k, successes: successes, samples: samples.count))
    }
    return mean(ofItems: items, confidence: confidence)
  }
}

/// The first sample that gave the most frequent answer; among equally frequent, the earliest.
///
/// An answer of `nil` could not be read and does not vote. Answers are best given as bytes:
/// Swift's strings call canonically equivalent texts equal.
public func majorityVote<Answer: Hashable>(_ answers: [Answer?]) -> Int? {
  var votes: [Answer: Int] = [:]
  for answer in answers {
    if let answer { votes[answer, default: 0] += 1 }
  }
  guard let most = votes.values.max() else { return nil }
  return answers.firstIndex { answer in answer.map { votes[$0] == most } ?? false }
}
