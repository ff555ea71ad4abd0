import Configuration

extension KeyDescription {
  static let pointStep = KeyDescription("step", "step of the stage, from 0", "0...")
}

/// The steps from which something holds: they must ascend from 0.
struct PointSteps: Sendable {
  let steps: [Int]

  init(_ steps: [Int]) { self.steps = steps }

  func check() throws(ConfigError) {
    if let first = steps.first, first != 0 {
      throw ConfigError(path: "points", reason: "expected a first point at step 0, found \(first)")
    }
    for (earlier, later) in zip(steps, steps.dropFirst()) where later <= earlier {
      throw ConfigError(
        path: "points", reason: "expected ascending steps, found \(later) after \(earlier)")
    }
  }

  /// The last point at or before `step`; `nil` where there are none.
  func index(at step: Int) -> Int? { steps.lastIndex { $0 <= step } }
}
