import Randomness

extension LlamaConfig {
  /// `θ^(−2i/d)` for each pair of dimensions, in Llama 3's case stretched where waves are long.
  ///
  /// A wave longer than `context / low` is slowed by `factor`, one shorter than `context / high` is
  /// left, and between them the two are mixed linearly in `context / wavelength`.
  var rotaryFrequencies: [Double] {
    (0..<headWidth / 2).map { pair in
      let frequency = ElementaryFunctions.power(ropeTheta, -2 * Double(pair) / Double(headWidth))
      guard ropeScaling.ropeType == .llama3 else { return frequency }
      let scaling = ropeScaling
      let turns = Double(scaling.originalMaxPositionEmbeddings) * frequency / (2 * Double.pi)
      if turns < scaling.lowFreqFactor { return frequency / scaling.factor }
      if turns > scaling.highFreqFactor { return frequency }
      let share =
        (turns - scaling.lowFreqFactor) / (scaling.highFreqFactor - scaling.lowFreqFactor)
      return (1 - share) * frequency / scaling.factor + share * frequency
    }
  }
}
