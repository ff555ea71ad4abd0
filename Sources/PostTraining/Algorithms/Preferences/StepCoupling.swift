import LanguageModels
import Objectives
import TensorCore

/// What couples pairs of different micro-batches: taken over the whole step, before any gradient, so
/// that the split can change nothing.
///
/// Log-probabilities here have the bits of the training forward's, whatever the batch.
struct StepCoupling {
  /// What one micro-batch sees of it; empty where no loss reads it.
  struct Part: Sendable {
    /// AOT: the reference's margins, of the rank that each pair's own margin has.
    var marginPartners: [Float] = []
    /// Unpaired AOT: log-ratios of equal rank, of the other side.
    var chosenPartners: [Float] = []
    var rejectedPartners: [Float] = []
    /// KTO's z.
    var referencePoint = 0.0
  }

  private(set) var parts: [Part]

  /// `sums` and `references` are each micro-batch's, of the policy and of the reference.
  init(
    sums: [PairScores], references: [PairScores], reads: Set<PreferenceInput>,
    referencePoint: Double
  ) {
    parts = sums.map { _ in Part(referencePoint: referencePoint) }
    let counts = sums.map(\.count)
    if reads.contains(.marginRanks) {
      let partners = equalRankPartners(
        of: sums.flatMap(\.margins.values), among: references.flatMap(\.margins.values))
      for (part, slice) in partners.cut(counts).enumerated() {
        parts[part].marginPartners = slice
      }
    }
    if reads.contains(.ratioRanks) {
      let ratios = zip(sums, references).map { $0.ratios(to: $1) }
      let (chosen, rejected) = (
        ratios.flatMap(\.chosen.values), ratios.flatMap(\.rejected.values)
      )
      let ofChosen = equalRankPartners(of: chosen, among: rejected).cut(counts)
      let ofRejected = equalRankPartners(of: rejected, among: chosen).cut(counts)
      for part in parts.indices {
        (parts[part].chosenPartners, parts[part].rejectedPartners) = (
          ofChosen[part], ofRejected[part]
        )
      }
    }
  }
}

extension [Float] {
  /// Consecutive slices of these lengths.
  fileprivate func cut(_ counts: [Int]) -> [[Float]] {
    var start = 0
    return counts.map { count in
      defer { start += count }
      return Array(self[start..<start + count])
    }
  }
}

/// KTO's z: each completion after the prompt of the step's next pair, under both models.
///
/// A step of one pair has no other prompt, so z is 0; a completion that does not fit the other
/// prompt within `maximumLength` is left out.
func klReferencePoint(
  of pairs: [PreferencePair], policy: any LanguageModel, reference: any LanguageModel,
  temperature: Float, maximumLength: Int, limit: Int
) -> Double {
  guard pairs.count > 1 else { return 0 }
  let mismatched = pairs.indices.map { index -> PreferencePair in
    var pair = pairs[index]
    pair.prompt = pairs[(index + 1) % pairs.count].prompt
    return pair
  }.filter { pair in
    pair.prompt.count + max(pair.chosen.tokens.count, pair.rejected.tokens.count) <= maximumLength
  }
  let ratios = microBatches(mismatched, limit: limit) { $0.rows }.flatMap { part -> [Float] in
    var packed = PackedTokens()
    for pair in part { packed.append(pair) }
    let tokens = PairedTokens(part)
    let scores = [policy, reference].map { model in
      tokens.sums(of: model.statistics(of: packed, temperature: temperature).logProbs.detached)
    }
    let ratios = scores[0].ratios(to: scores[1])
    return ratios.chosen.values + ratios.rejected.values
  }
  return klReferencePoint(logRatios: ratios)
}

extension PairedTokens {
  init(_ pairs: [PreferencePair]) {
    self.init(lengths: pairs.flatMap { [$0.chosen.length, $0.rejected.length] })
  }
}
