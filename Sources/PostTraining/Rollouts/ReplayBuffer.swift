import Randomness

/// Groups of earlier steps, the newest last and never more than `capacity`.
public struct ReplayBuffer: Codable, Sendable, Equatable {
  public struct Entry: Codable, Sendable, Equatable {
    /// The step that sampled it.
    public var step: Int
    public var group: RolloutGroup
  }

  public private(set) var entries: [Entry] = []

  public init() {}

  /// Keeps the groups that can teach something; the oldest leave.
  mutating func append(_ groups: [RolloutGroup], step: Int, capacity: Int) {
    let useful = groups.filter { group in
      !group.isSkipped && group.judged.contains { $0.learnedAdvantages.contains { $0 != 0 } }
    }
    entries += useful.map { Entry(step: step, group: $0) }
    entries.removeFirst(max(0, entries.count - capacity))
  }

  /// Up to `count` of them, each at most once, in the order they were sampled.
  func draw(_ count: Int, using random: inout RandomStream) -> [Entry] {
    random.permutation(of: entries.count).prefix(count).sorted().map { entries[$0] }
  }
}
