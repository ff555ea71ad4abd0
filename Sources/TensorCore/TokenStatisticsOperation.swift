import Kernels

/// Functions of whole next-token distributions at the scored tokens.
public struct TokenStatistics: Sendable {
  public var logProbs, entropies: Tensor  // [M]
  /// From the other model's distribution; zeros where none was asked for.
  public var divergences: Tensor  // [M]
  /// Where they were asked for.
  public var figures: DistributionFigures?

  public init(
    logProbs: Tensor, entropies: Tensor, divergences: Tensor, figures: DistributionFigures? = nil
  ) {
    (self.logProbs, self.entropies, self.divergences) = (logProbs, entropies, divergences)
    self.figures = figures
  }
}

/// Another model's hidden states and head, to compare distributions with.
public struct OtherDistribution: Sendable {
  public var hidden, head: Tensor
  public var divergence: VocabularyDivergence

  public init(hidden: Tensor, head: Tensor, divergence: VocabularyDivergence) {
    (self.hidden, self.head, self.divergence) = (hidden.detached, head.detached, divergence)
  }
}

extension Tensor {
  /// Log-probabilities, entropies and divergences of scored tokens, from hidden states `[N, D]`.
  ///
  /// Row `rows[m]` predicts token `tokens[m]` through `head` `[V, D]`. Logits exist for a block of
  /// rows at a time, forward and backward: never as `[N, V]`.
  public func tokenStatistics(
    head: Tensor, rows: [Int32], tokens: [Int32], temperature: Float,
    other: OtherDistribution? = nil
  ) -> TokenStatistics {
    let blocks = ScoredBlocks(
      hidden: self, head: head, rows: rows, tokens: tokens, temperature: temperature, other: other)
    let (statistics, figures) = blocks.forward()
    let hidden = self
    let result = Tensor.recorded(
      .tokenStatistics, [3, rows.count], statistics, inputs: [self, head]
    ) { upstream in
      blocks.backward(
        upstream, intoHidden: hidden.node?.sum(), intoHead: head.node?.sum())
    }
    var all = TokenStatistics(
      logProbs: result.row(0), entropies: result.row(1), divergences: result.row(2))
    all.figures = figures.map { DistributionFigures($0.values, count: rows.count) }
    return all
  }

  /// The logits of chosen rows, `[M, V]`: for sampling and inspection, where rows are few.
  public func logits(head: Tensor, rows: [Int32]) -> Tensor {
    embedding(rows).linear(head)
  }
}

/// The scored rows in blocks of about 64 Ki logits.
private struct ScoredBlocks {
  let hidden, head: FloatBuffer
  let rows, tokens: [Int32]
  let inverseTemperature: Float
  let other: (hidden: FloatBuffer, head: FloatBuffer, width: Int)?
  let comparison: TokenComparison?
  let reportedTokens: Int
  let width, columns: Int

  init(
    hidden: Tensor, head: Tensor, rows: [Int32], tokens: [Int32], temperature: Float,
    other: OtherDistribution?
  ) {
    precondition(
      hidden.shape.rank == 2 && head.shape.rank == 2 && hidden.shape[1] == head.shape[1],
      "tokenStatistics: hidden states \(hidden.shape) and head \(head.shape)")
    precondition(
      rows.count == tokens.count && temperature > 0,
      "tokenStatistics: \(rows.count) rows, \(tokens.count) tokens, temperature \(temperature)")
    precondition(
      rows.allSatisfy { $0 >= 0 && $0 < hidden.shape[0] }
        && tokens.allSatisfy { $0 >= 0 && $0 < head.shape[0] },
      "tokenStatistics: a row or a token is out of range")
    if let other {
      precondition(
        other.hidden.shape[0] == hidden.shape[0] && other.head.shape[0] == head.shape[0],
        "tokenStatistics: the other distribution is \(other.hidden.shape) × \(other.head.shape)")
    }
    (self.hidden, self.head, self.rows, self.tokens) = (hidden.buffer, head.buffer, rows, tokens)
    self.other = other.map { ($0.hidden.buffer, $0.head.buffer, $0.hidden.shape[1]) }
    comparison = other?.divergence.comparison(temperature: temperature)
    reportedTokens = other?.divergence.reportedTokens ?? 0
    inverseTemperature = 1 / temperature
    (width, columns) = (hidden.shape[1], head.shape[0])
  }

  func forward() -> (statistics: FloatBuffer, figures: FloatBuffer?) {
    let statistics = FloatBuffer(count: 3 * rows.count)
    let figures =
      reportedTokens > 0
      ? FloatBuffer(count: TokenFigures.Figure.allCases.count * rows.count) : nil
    forEachBlock { block, range in
      let (logits, _) = logits(of: hidden, head, width, range)
      let second = other.map { self.logits(of: $0.hidden, $0.head, $0.width, range).logits }
      Kernels.TokenStatistics.forward(logits, other: second, block: block, into: statistics)
      if let second, let figures {
        TokenFigures.write(logits, other: second, block: block, topK: reportedTokens, into: figures)
      }
    }
    return (statistics, figures)
  }

  func backward(
    _ upstream: FloatBuffer, intoHidden dHidden: FloatBuffer?, intoHead dHead: FloatBuffer?
  ) {
    forEachBlock { block, range in
      let (logits, states) = logits(of: hidden, head, width, range)
      let second = other.map { self.logits(of: $0.hidden, $0.head, $0.width, range).logits }
      Kernels.TokenStatistics.backward(logits, other: second, block: block, upstream: upstream)
      if let dHead {
        MatrixProduct.transposedTimes(
          logits, states, rows: range.count, inputs: width, outputs: columns, into: dHead)
      }
      guard let dHidden else { return }
      let dStates = FloatBuffer(count: range.count * width)
      MatrixProduct.times(
        logits, head, rows: range.count, inputs: width, outputs: columns, into: dStates)
      RowGather.scatterAdd(dStates, Array(rows[range]), width: width, into: dHidden)
    }
  }

  private func logits(
    of hidden: FloatBuffer, _ head: FloatBuffer, _ width: Int, _ range: Range<Int>
  ) -> (logits: FloatBuffer, states: FloatBuffer) {
    let states = FloatBuffer(count: range.count * width)
    RowGather.gather(hidden, Array(rows[range]), width: width, into: states)
    let logits = FloatBuffer(count: range.count * columns)
    MatrixProduct.timesTransposed(
      states, head, rows: range.count, inputs: width, outputs: columns, into: logits)
    return (logits, states)
  }

  private func forEachBlock(_ body: (Kernels.TokenStatistics.Block, Range<Int>) -> Void) {
    let size = max(16, 65_536 / columns)
    for start in stride(from: 0, to: rows.count, by: size) {
      let range = start..<min(rows.count, start + size)
      body(
        .init(
          columns: columns, targets: tokens[range], inverseTemperature: inverseTemperature,
          comparison: comparison, start: start, total: rows.count),
        range)
    }
  }
}
