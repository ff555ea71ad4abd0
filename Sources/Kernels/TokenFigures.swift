import Vectors

/// What is reported of two models' next-token distributions, beside what is trained.
///
/// The figures stand one after another in one buffer of `Figure.allCases.count · M`.
public enum TokenFigures {
  public enum Figure: Int, CaseIterable, Sendable {
    /// `KL(p ‖ q)`, `KL(q ‖ p)`, and `½ KL(p ‖ m) + ½ KL(q ‖ m)` with `m = (p + q) / 2`.
    case reverseKL, forwardKL, jensenShannon
    /// `−Σ q log q`.
    case otherEntropy
    /// What `p` and `q` give to the `k` most probable tokens of `q`, and the share of these that are
    /// among the `k` most probable of `p`.
    case mass, otherMass, overlap
  }

  /// Writes each row's figures over the `k` most probable tokens.
  public static func write(
    _ logits: FloatBuffer, other: FloatBuffer, block: TokenStatistics.Block, topK k: Int,
    into figures: FloatBuffer
  ) {
    forEachBlock(of: block.targets.count, atLeast: block.leastRows) { range in
      for row in range {
        guard let pair = block.pair(logits, other, row) else { continue }
        let place = figures.pointer + (block.start &+ row)
        pair.figures(min(k, block.columns)) { figure, value in
          place[figure.rawValue &* block.total] = value
        }
      }
    }
  }
}

extension DistributionPair {
  fileprivate func figures(_ k: Int, _ put: (TokenFigures.Figure, Float) -> Void) {
    put(.reverseKL, value(of: .reverseKL))
    put(.forwardKL, value(of: .forwardKL))
    put(.jensenShannon, value(of: .jensenShannon(beta: 0.5, isNormalized: false)))
    put(.otherEntropy, q.entropy())
    q.withMostProbable(k) { theirs in
      p.withMostProbable(k) { ours in
        var (mass, otherMass, shared) = (Float.zero, Float.zero, 0)
        for index in 0..<k {
          mass += p.probability(of: theirs[index])
          otherMass += q.probability(of: theirs[index])
          for place in 0..<k where ours[place] == theirs[index] { shared &+= 1 }
        }
        put(.mass, mass)
        put(.otherMass, otherMass)
        put(.overlap, Float(shared) / Float(k))
      }
    }
  }
}

extension TokenDistribution {
  fileprivate func probability(of token: Int32) -> Float {
    exponential(splat(logProbability(of: token)))[0]
  }
}
