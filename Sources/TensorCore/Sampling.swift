import Kernels

extension Tensor {
  /// One token for each row of logits `[S, V]`, with its log-probability at `temperature`.
  ///
  /// `uniforms` in `0..<1` are places in the cumulative distributions; without them the most
  /// probable token is taken. The arithmetic is that of `tokenStatistics`.
  public func drawTokens(
    temperature: Float, uniforms: [Double]?
  ) -> [(token: Int32, logProb: Float)] {
    precondition(
      shape.rank == 2 && temperature > 0 && (uniforms.map { $0.count == shape[0] } ?? true),
      "drawTokens: \(shape), temperature \(temperature), \(uniforms?.count ?? 0) uniforms")
    return TokenSampling.draw(
      buffer, rows: shape[0], columns: shape[1], inverseTemperature: 1 / temperature,
      uniforms: uniforms)
  }

  /// The `count` most probable tokens of each row of logits `[S, V]`, best first, with the
  /// log-probabilities of `drawTokens` at temperature 1; equal logits keep the order of their ids.
  public func mostProbableTokens(_ count: Int) -> [[(token: Int32, logProb: Float)]] {
    precondition(
      shape.rank == 2 && (1...shape[1]).contains(count), "mostProbableTokens: \(count) of \(shape)")
    let best = TokenSampling.best(buffer, rows: shape[0], columns: shape[1], count: count)
    return (0..<shape[0]).map { Array(best[$0 * count..<($0 + 1) * count]) }
  }

  /// Matrices of one width, one below the other.
  public static func concatenated(_ parts: [Tensor]) -> Tensor {
    if parts.count == 1 { return parts[0].detached }
    let width = parts.first?.shape[1] ?? 0
    precondition(
      parts.allSatisfy { $0.shape.rank == 2 && $0.shape[1] == width },
      "concatenated: \(parts.map(\.shape))")
    let result = FloatBuffer(count: parts.reduce(0) { $0 + $1.count })
    var start = 0
    for part in parts {
      result.copy(part.count, from: part.buffer, at: 0, to: start)
      start += part.count
    }
    return Tensor([width == 0 ? 0 : start / width, width], result)
  }
}
