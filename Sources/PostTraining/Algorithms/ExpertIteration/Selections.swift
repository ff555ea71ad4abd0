import Configuration
import EnvironmentKit

/// A rule that says which of a step's completions are learned from.
public protocol Selection: ConfigBlock {
  /// The kept places of each problem's candidates, which are distinct, judged and best first.
  func kept(of candidates: [[Rollout]], perPrompt limit: Int) -> [[Int]]
  /// Whether a problem of which nothing was kept teaches the environment's demonstration.
  var demonstrates: Bool { get }
  /// The rule in a formula.
  var summary: String { get }
}

extension Selection {
  public var demonstrates: Bool { false }
}

/// The selections that a configuration may name.
public enum SelectionCatalog: VariantCatalog {
  public static let entries: [(name: String, block: any ConfigBlock.Type)] = [
    ("verified", VerifiedSelection.self),
    ("best_of_n", BestOfNSelection.self),
    ("top_fraction", TopFractionSelection.self),
  ]
  public static let standard = "verified"
}

extension Variant where Catalog == SelectionCatalog {
  var selection: any Selection {
    guard let selection = block as? any Selection else {
      preconditionFailure("SelectionCatalog: \(type) is not a selection")
    }
    return selection
  }
}

/// Successes (STaR: Zelikman et al., 2022).
///
/// The paper's rationalization shows the model the answer and keeps what it then writes; here an
/// unsolved problem can teach the environment's own demonstration, which is supervised data.
public struct VerifiedSelection: Selection {
  public enum Unsolved: String, Codable, Sendable, CaseIterable { case skip, demonstration }

  public var unsolved = Unsolved.skip
  public init() {}
  public static let keys = [
    KeyDescription("unsolved", "what a problem without a success teaches")
  ]

  public var demonstrates: Bool { unsolved == .demonstration }
  public var summary: String { demonstrates ? "verified, else demonstrated" : "verified" }

  public func kept(of candidates: [[Rollout]], perPrompt limit: Int) -> [[Int]] {
    candidates.map { group in
      Array(group.indices.filter { group[$0].verdict.isSuccess }.prefix(limit))
    }
  }
}

/// The highest rewards of each problem, right or wrong: best-of-n distillation.
public struct BestOfNSelection: Selection {
  public init() {}
  public static let keys: [KeyDescription] = []
  public var summary: String { "highest reward" }

  public func kept(of candidates: [[Rollout]], perPrompt limit: Int) -> [[Int]] {
    candidates.map { Array($0.indices.prefix(limit)) }
  }
}

/// The highest rewards of the whole step, out of the best of each problem.
public struct TopFractionSelection: Selection {
  public var fraction = 0.25
  public init() {}
  public static let keys = [
    KeyDescription("fraction", "share of the step's candidates, rounded up", "0...1")
  ]
  public var summary: String { "highest \(fraction) of the step's rewards" }

  public func kept(of candidates: [[Rollout]], perPrompt limit: Int) -> [[Int]] {
    let pool = candidates.enumerated().flatMap { group, rollouts in
      rollouts.prefix(limit).enumerated().map {
        (reward: $0.element.reward ?? 0, group: group, place: $0.offset)
      }
    }
    // Equal rewards keep the order of their problems.
    let order = pool.sorted { ($1.reward, $0.group, $0.place) < ($0.reward, $1.group, $1.place) }
    var kept = candidates.map { _ in [Int]() }
    for item in order.prefix(Int((fraction * Double(pool.count)).rounded(.up))) {
      kept[item.group].append(item.place)
    }
    return kept
  }
}
