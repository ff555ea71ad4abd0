import Vectors

/// Distributions with all but some tokens in one bucket.
///
/// Merging outcomes never raises a divergence, and the bucket keeps what lies outside the chosen
/// tokens from going unseen.
struct BucketedPair {
  let chosen: UnsafePointer<Int32>  // [k] the most probable tokens of `q`, falling
  /// The chosen tokens in their order, then the bucket.
  let coarse: DistributionPair
  /// What `p` makes of the tokens in the bucket, by themselves.
  let rest: TokenDistribution

  /// Writes the slopes by all logits: a chosen token has its own, the others share the bucket's as
  /// `p` divides it.
  func writeSlopes(of kind: TokenDivergence, into slopes: Target) {
    let k = coarse.p.count &- 1
    withUnsafeTemporaryAllocation(of: Float.self, capacity: k &+ 1) { memory in
      guard let own = memory.baseAddress else { return }
      coarse.writeSlopes(of: kind, into: own)
      forEachColumn(rest.count) { column, width in
        store(splat(own[k]) * rest.probabilities(column, width), slopes + column, first: width)
      }
      for index in 0..<k { slopes[Int(chosen[index])] = own[index] }
    }
  }
}

extension DistributionPair {
  /// The pair over the `k` most probable tokens of `q` and one bucket, for as long as `body` runs.
  func withBuckets<Result>(_ k: Int, _ body: (BucketedPair) -> Result) -> Result {
    q.withMostProbable(k) { chosen in
      p.withBuckets(chosen, k) { coarseP, rest in
        q.withBuckets(chosen, k) { coarseQ, _ in
          body(
            BucketedPair(
              chosen: chosen, coarse: DistributionPair(p: coarseP, q: coarseQ), rest: rest))
        }
      }
    }
  }
}

extension TokenDistribution {
  /// The `k` tokens of the largest logits, falling; of equal ones the first.
  func withMostProbable<Result>(_ k: Int, _ body: (UnsafePointer<Int32>) -> Result) -> Result {
    withUnsafeTemporaryAllocation(of: Int32.self, capacity: k) { chosen in
      var found = 0
      for token in 0..<count {
        var place = found
        while place > 0 && logits[token] > logits[Int(chosen[place &- 1])] { place &-= 1 }
        if place == k { continue }
        if found < k { found &+= 1 }
        var last = found &- 1
        while last > place {
          chosen[last] = chosen[last &- 1]
          last &-= 1
        }
        chosen[place] = Int32(truncatingIfNeeded: token)
      }
      return body(UnsafePointer(chosen.baseAddress!))
    }
  }

  /// The chosen tokens and a bucket of the rest, and the rest by itself: a distribution without the
  /// chosen tokens, whose normalizer is the bucket's logit.
  fileprivate func withBuckets<Result>(
    _ chosen: UnsafePointer<Int32>, _ k: Int,
    _ body: (_ coarse: TokenDistribution, _ rest: TokenDistribution) -> Result
  ) -> Result {
    withUnsafeTemporaryAllocation(of: Float.self, capacity: count &+ k &+ 1) { memory in
      let others = memory.baseAddress!
      let coarse = others + count
      forEachColumn(count) { column, width in
        store(
          load(logits + column, first: width) * inverseTemperature, others + column, first: width)
      }
      for index in 0..<k {
        coarse[index] = others[Int(chosen[index])]
        others[Int(chosen[index])] = -.infinity
      }
      let rest = TokenDistribution(Source(others), count: count, inverseTemperature: 1)
      coarse[k] = rest.maximum + rest.logTotal
      return body(
        TokenDistribution(Source(coarse), count: k &+ 1, inverseTemperature: 1), rest)
    }
  }
}
