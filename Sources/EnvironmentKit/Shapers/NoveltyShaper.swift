import Configuration

/// A bonus for what was seldom said before: `β / √N`, with an exact count `N` in a bounded table.
///
/// Count-based exploration (Strehl and Littman, 2008). `answer` counts an answer to its problem;
/// `ngram` counts three tokens in a row, whatever was asked, and pays their mean. `N` counts the
/// group itself, so that equal completions of a group earn alike. What finds no room in the table
/// earns nothing.
public struct NoveltyShaper: RewardShaper {
  public static let name = "novelty"
  private static let gram = 3

  public enum Key: String, Codable, Sendable, CaseIterable { case answer, ngram }

  public struct Config: ConfigBlock {
    public var beta = 0.1
    public var key = Key.answer
    public var cap = 65_536
    public init() {}
    public static let keys = [
      KeyDescription("beta", "β, what something said for the first time earns", ">0"),
      KeyDescription("key", "what is counted: a problem's answers, or three tokens in a row"),
      KeyDescription("cap", "how many different ones the table holds", "1...1000000"),
    ]
  }

  public struct State: Codable, Sendable, Equatable {
    /// 64-bit names of what was said, in the order of its first time.
    public var names: [Int] = []
    public var counts: [Int] = []
  }

  public var state: State {
    get { stored }
    set {
      stored = newValue
      places = Dictionary(uniqueKeysWithValues: zip(stored.names, stored.names.indices))
    }
  }
  public var bound: Double { config.beta }
  private var stored = State()
  private var places: [Int: Int] = [:]
  private let config: Config
  private let judging: Judging

  public init(_ config: Config, _ context: ShapingContext) {
    (self.config, judging) = (config, context.environment.judging)
  }

  public mutating func shape(_ rewards: [Double?], of group: ShapedGroup, step: Int) -> [Double?] {
    let said = rewards.indices.map { rollout in
      rewards[rollout] == nil ? [] : names(of: group.completion(rollout), to: group.finished.key)
    }
    for name in said.joined() { count(name) }
    return rewards.adding { rollout in
      let bonuses = said[rollout].map { name in
        places[name].map { config.beta / Double(stored.counts[$0]).squareRoot() } ?? 0
      }
      return bonuses.reduce(0, +) / Double(max(1, bonuses.count))
    }
  }

  private mutating func count(_ name: Int) {
    if let place = places[name] {
      stored.counts[place] += 1
    } else if stored.names.count < config.cap {
      places[name] = stored.names.count
      stored.names.append(name)
      stored.counts.append(1)
    }
  }

  /// By FNV-1a: 65 536 of them collide with probability 10⁻¹⁰.
  private func names(of completion: ShapedGroup.Completion, to problem: String) -> [Int] {
    switch config.key {
    case .answer:
      guard let answer = judging.answer(in: completion.text) else { return [] }
      return [name(of: answer, after: fnv1a("\(problem)|"))]
    case .ngram:
      let tokens = completion.tokens
      guard !tokens.isEmpty else { return [] }
      let width = min(Self.gram, tokens.count)
      return (0...tokens.count - width).map { first in
        let bytes = tokens[first..<first + width].flatMap { token in
          [0, 8, 16, 24].map { UInt8(truncatingIfNeeded: token >> $0) }
        }
        return name(of: bytes, after: fnv1a(""))
      }
    }
  }

  private func name(of bytes: some Sequence<UInt8>, after state: UInt64) -> Int {
    Int(bitPattern: UInt(splitMix(fnv1a(bytes, from: state))))
  }

  public func metrics() -> [String: Double] {
    ["reward/\(Self.name)/keys": Double(stored.names.count)]
  }
}
