/// No group has unequal rewards, or gates let none through: every advantage is 0.
///
/// One such step is chance, where groups are few; ten in a row are a tenth of a hundred-step
/// stage spent on updates that move nothing but the moments. A shorter stage in which every step
/// was such has its warning at its end.
struct NothingToLearn: WarningRule {
  static let name = "nothing_to_learn"
  static let steps = 10

  private var empty = 0
  private var hasLearned = false
  private var solved = 0.0
  private var hopeless = 0.0
  private var mixed = 0.0

  mutating func observe(_ metrics: [String: Double]) -> String? {
    guard let mixed = metrics["groups/mixed"], let solved = metrics["groups/all_best"],
      let hopeless = metrics["groups/all_worst"], let filtered = metrics["groups/filtered"]
    else { return nil }
    guard mixed == 0 || filtered == mixed + solved + hopeless else {
      self = Self()
      hasLearned = true
      return nil
    }
    empty += 1
    self.mixed += mixed
    self.solved += solved
    // Groups of which nothing was judged stand among the hopeless, but nobody knows what they are.
    if metrics["env/error_rate"] != 1 { self.hopeless += hopeless }
    guard empty == Self.steps else { return nil }
    return "in each of the last \(Self.steps) steps \(cause)"
  }

  func conclusion() -> String? {
    empty > 0 && !hasLearned ? "in each of the stage's \(empty) steps \(cause)" : nil
  }

  private var cause: String {
    if mixed > 0 {
      return "gates kept out every group, also those with unequal rewards; try wider bounds of the "
        + "gates, or max_resample"
    }
    if hopeless == 0 && solved == 0 {
      return "no rollout could be judged, so that there is no reward at all; read the reasons of "
        + "the verdicts in the rollouts"
    }
    if hopeless == 0 {
      return "all groups were solved: nothing is left to learn here; try harder levels, or end the "
        + "stage with stop_when"
    }
    if solved == 0 {
      return
        "all groups were hopeless: no rollout was better than another; try easier levels, more "
        + "SFT, a larger num_generations or temperature, or the shaper partial"
    }
    return "every group was either solved or hopeless; try the curriculum hard or band, a larger "
      + "num_generations, or a higher temperature"
  }
}
