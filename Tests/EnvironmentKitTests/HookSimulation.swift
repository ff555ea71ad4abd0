import Configuration
import Randomness
import Testing

@testable import EnvironmentKit

/// A hook of a catalog with its block; every hook joins by standing in its catalog's table.
struct HookCase: Sendable, CustomTestStringConvertible {
  enum Kind: Sendable { case curriculum, gate, shaper }

  var kind: Kind
  var name: String
  /// Keys that differ from the block's defaults.
  var keys: JSON = [:]
  var testDescription: String { "\(name) \(keys.text())" }

  static var all: [HookCase] {
    CurriculumCatalog.entries.map { HookCase(kind: .curriculum, name: $0.name) }
      + GateCatalog.entries.map { HookCase(kind: .gate, name: $0.name) }
      + ShaperCatalog.entries.map { HookCase(kind: .shaper, name: $0.name) }
  }

  /// The described keys of its block.
  var blockKeys: [String] {
    let entries: [(name: String, block: any ConfigBlock.Type)] =
      switch kind {
      case .curriculum: CurriculumCatalog.entries
      case .gate: GateCatalog.entries
      case .shaper: ShaperCatalog.entries
      }
    return entries.first { $0.name == name }?.block.keys.map(\.key) ?? []
  }
}

/// A hook in a stage whose groups are drawn, not sampled: all that it says and holds, as text.
struct HookSimulation {
  private struct Blocks: ConfigBlock {
    var curriculum = Variant<CurriculumCatalog>()
    var gates: [Variant<GateCatalog>] = []
    var shaping: [Variant<ShaperCatalog>] = []
    static let keys = [
      KeyDescription("curriculum", "of problems"), KeyDescription("gates", "of groups"),
      KeyDescription("shaping", "of rewards"),
    ]
  }

  private static let tokens = 8
  private let kind: HookCase.Kind
  private let environment: Environment
  private var curriculum: any Curriculum
  private var gates: Gates
  private var shaping: Shaping

  init(_ test: HookCase) throws {
    let block = JSON(members: [("type", JSON(test.name))]).merging(test.keys)
    var json: JSON = [:]
    switch test.kind {
    case .curriculum: json["curriculum"] = block
    case .gate: json["gates"] = [block]
    case .shaper:
      // Something to clip, and other terms that must not mix with the hook's own.
      let others: [JSON] = [
        ["type": "overlong", "buffer": 4, "penalty": 0.3],
        ["type": "format", "weight": 0.2, "decay_steps": 1000],
      ]
      json["shaping"] = JSON(others.filter { $0["type"]?.string != test.name } + [block])
    }
    let blocks = try read(Blocks.self, from: json)
    kind = test.kind
    environment = try Successor.environment([
      "levels": [
        ["name": "small", "params": ["limit": 40], "floor": 0.1],
        ["name": "large", "params": ["limit": 80], "floor": 0.1],
        ["name": "huge", "params": ["limit": 160], "floor": 0.1],
      ]
    ])
    curriculum = try blocks.curriculum.curriculum(for: environment)
    gates = try Gates(blocks.gates)
    shaping = try Shaping(
      blocks.shaping, ShapingContext(environment: environment, maximumTokens: Self.tokens))
  }

  /// The state as a checkpoint's file holds it.
  var stored: String {
    JSON([curriculum.storedState, gates.storedState, shaping.storedState]).text(pretty: true)
  }

  mutating func resume(from text: String) throws {
    let states = try JSON(parsing: text).array ?? []
    curriculum.resume(from: states[0])
    gates.resume(from: states[1])
    shaping.resume(from: states[2])
  }

  /// What the hook chose, decided, paid and reported at `step`.
  mutating func advance(_ step: Int) throws -> String {
    var random = RandomStream(seed: 6).split("step", step)
    var said = "\(step):"
    var groups: [ShapedGroup] = []
    for index in 0..<8 {
      var draws = random.split("problem", index)
      let choice = try curriculum.next(using: &draws)
      said += " \(choice.level)|\(choice.problem.question)"
      groups.append(group(choice, &random))
    }
    for (index, group) in groups.enumerated() {
      said += " \(gates.decide(on: group.finished, attempt: index % 3))"
    }
    let shaped = shaping.shape(groups, step: step)
    let events =
      curriculum.observe(groups.map(\.finished), step: step).map(\.hookEvent) + shaped.events
    said += " \(shaped.rewards) \(events)"
    for figures in [curriculum.metrics(), gates.metrics(), shaped.metrics] {
      said += " \(figures.sorted { $0.key < $1.key })"
    }
    return said
  }

  /// Four rollouts; a level succeeds with probability 0.9, 0.6 or 0.2.
  private func group(_ choice: Choice, _ random: inout RandomStream) -> ShapedGroup {
    var verdicts: [Verdict] = []
    var completions: [ShapedGroup.Completion] = []
    for _ in 0..<4 {
      let isSuccess = random.uniform() < [0.9, 0.6, 0.2][choice.level]
      let isParsed = isSuccess || random.uniform() < 0.7
      verdicts.append(
        Verdict(
          score: random.uniform() < 0.1 ? nil : isSuccess ? 1 : 0, isSuccess: isSuccess,
          isParsed: isParsed, reason: ""))
      let answer = isSuccess ? choice.problem.answer : "\(random.below(200))"
      completions.append(
        ShapedGroup.Completion(
          tokens: (0...random.below(Self.tokens)).map { _ in Int32(random.below(3)) },
          text: Array((isParsed ? answer : "").utf8)))
    }
    let lengths = completions.map(\.tokens.count)
    return ShapedGroup(
      FinishedGroup(
        level: choice.level, key: choice.problem.key, verdicts: verdicts, lengths: lengths,
        isTruncated: lengths.map { $0 == Self.tokens }),
      problem: choice.problem
    ) { [completions] in completions[$0] }
  }
}
