import Objectives

/// A policy as a table: one next-word distribution a state, each with logits of its own.
public struct TablePolicy: Sendable {
  public let rows: [Distribution]  // [S]

  public init(logits: [[Double]]) { rows = logits.map { Distribution(logits: $0) } }

  /// The log-probability of each word of a completion.
  public func logProbs(of completion: Completion) -> [Double] {
    zip(completion.states, completion.words).map { rows[$0].logProbs[$1] }
  }

  /// Of the whole completion.
  public func logProb(of completion: Completion) -> Double {
    logProbs(of: completion).reduce(0, +)
  }

  /// How many logits there are: the length of a gradient.
  public var count: Int { rows.reduce(0) { $0 + $1.logProbs.count } }

  /// The table whose logits differ by `scale · gradient`.
  public func moved(by gradient: [Double], times scale: Double) -> TablePolicy {
    var next = gradient.makeIterator()
    return TablePolicy(
      logits: rows.map { row in row.logProbs.map { $0 + scale * (next.next() ?? 0) } })
  }

  /// Adds `scale · slope`, a gradient by the logits of `state`, to a gradient by all logits.
  func add(_ slope: [Double], of state: Int, times scale: Double, to gradient: inout [Double]) {
    let start = state * slope.count
    for (word, value) in slope.enumerated() { gradient[start + word] += scale * value }
  }
}
