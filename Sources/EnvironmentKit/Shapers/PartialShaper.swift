import Configuration

/// A bonus for nearly right answers: `weight · credit`, where a success has credit 1.
///
/// Added to what the environment file itself pays for them. Only answers of the expected form
/// have any credit.
public struct PartialShaper: RewardShaper {
  public static let name = "partial"

  public struct Config: ConfigBlock {
    public var weight = 0.2
    public var rule = "positions"
    public init() {}
    public static let keys = [
      KeyDescription("weight", "what full credit earns", "0...0.5"),
      KeyDescription(
        "rule", "what is nearly right: the verifier's own credit, or a rule of environment files",
        rules.joined(separator: "|")),
    ]
  }

  private static let ofVerifier = "verifier"
  static var rules: [String] {
    [ofVerifier] + PartialCreditCatalog.types.map { $0.name }.filter { $0 != NoCredit.name }
  }

  public var state = NoState()
  public var bound: Double { weight }
  private let weight: Double
  /// `nil` where the verifier's own credit counts.
  private let rule: (any PartialCredit)?
  private let judging: Judging

  public init(_ config: Config, _ context: ShapingContext) throws(ConfigError) {
    weight = config.weight
    judging = context.environment.judging
    rule =
      config.rule == Self.ofVerifier
      ? nil : try Variant<PartialCreditCatalog>(config.rule).make(from: PartialCreditCatalog.types)
  }

  public func shape(_ rewards: [Double?], of group: ShapedGroup, step: Int) -> [Double?] {
    let gold = Array(group.problem.answer.utf8)
    return rewards.adding { rollout in
      let verdict = group.finished.verdicts[rollout]
      if verdict.isSuccess { return weight }
      guard verdict.isParsed else { return 0 }
      return weight * judging.credit(of: group.completion(rollout).text, against: gold, by: rule)
    }
  }
}

extension Judging {
  /// What a wrong answer is worth of a right one; 0 where none is found.
  fileprivate func credit(
    of completion: [UInt8], against gold: [UInt8], by rule: (any PartialCredit)?
  ) -> Double {
    guard let answer = answer(in: completion) else { return 0 }
    if let rule { return rule.credit(answer, against: gold) }
    guard case .wrong(let credit) = verifier.grade(answer, against: gold) else { return 0 }
    return credit
  }
}
