import Configuration
import Randomness

extension Environment {
  /// Lets the cheap policies of every trap play against held-out problems: a row a trap.
  ///
  /// A policy's figure is its mean score; where a trap has several policies the worst one counts.
  /// A mutation that spells the gold answer itself is skipped and counted.
  public func audit(
    _ traps: [Trap] = Trap.allCases, options: AuditOptions = AuditOptions(), random: RandomStream
  ) -> [AuditRow] {
    let audit = EnvironmentAudit(environment: self, options: options, random: random)
    return traps.map { trap in
      guard let reason = exemption(from: trap) else { return audit.row(trap) }
      return AuditRow(trap, .notApplicable, reason: reason)
    }
  }

  /// Why a trap cannot apply: the family's reason, or what the file chose.
  private func exemption(from trap: Trap) -> String? {
    if let reason = familyType.exemptions[trap] { return reason }
    switch trap {
    case .h04 where !type(of: judging.extractor).takesWholeText:
      return "extract \"\(type(of: judging.extractor).name)\" looks for the answer inside a text"
    case .h15 where !judging.requiresStop:
      return "require_stop is false: a completion without a stop is judged"
    default: return nil
    }
  }
}

/// One audit: the held-out items are drawn once for all traps.
struct EnvironmentAudit {
  let environment: Environment
  let options: AuditOptions
  let random: RandomStream
  private let items: [Choice]
  private let prompts: [String]

  init(environment: Environment, options: AuditOptions, random: RandomStream) {
    (self.environment, self.options, self.random) = (environment, options, random)
    items = environment.distinctItems(
      levels: Array(environment.levels.indices), split: .eval, atMost: options.items)
    prompts = items.map { environment.prompt(for: $0.problem) }
  }

  func row(_ trap: Trap) -> AuditRow {
    guard !items.isEmpty else {
      return AuditRow(trap, .failed, reason: "there is no held-out problem to audit on")
    }
    let integers = (environment.judging.verifier as? IntegerVerifier)?.config ?? .init()
    switch trap {
    case .h01: return row(trap, CheapPolicy.blank, parses: false)
    case .h02: return constantRow()
    case .h03: return row(trap, CheapPolicy.echoes, bound: 0.1)
    case .h04: return row(trap, CheapPolicy.surroundings)
    case .h05: return row(trap, CheapPolicy.enumerations)
    case .h06: return row(trap, CheapPolicy.nearMisses, bound: 0.3, succeeds: false)
    case .h07: return row(trap, CheapPolicy.spellings(allowing: integers))
    case .h08: return absurdRow()
    case .h13: return row(trap, CheapPolicy.claims)
    case .h15:
      let gold = CheapPolicy("gold, cut off") { problem, _ in [problem.answer] }
      return row(trap, [gold], isTruncated: true)
    case .h16: return overlapRow()
    case .h18: return goldRow()
    }
  }
}

extension EnvironmentAudit {
  /// What one policy earned over the items.
  struct Outcome {
    var total = 0.0
    var count = 0
    var successes = 0
    var parsed = 0
    var skipped = 0

    var mean: Double { count == 0 ? 0 : total / Double(count) }
  }

  func outcome(of policy: CheapPolicy, isTruncated: Bool = false) -> Outcome {
    var outcome = Outcome()
    for (item, prompt) in zip(items, prompts) {
      for completion in policy.completions(item.problem, prompt) {
        if !isTruncated && completion.elementsEqual(item.problem.answer.utf8) {
          outcome.skipped += 1
          continue
        }
        let verdict = environment.judging.verdict(
          on: completion, isTruncated: isTruncated, problem: item.problem)
        outcome.total += verdict.score ?? 0
        outcome.count += 1
        if verdict.isSuccess { outcome.successes += 1 }
        if verdict.isParsed { outcome.parsed += 1 }
      }
    }
    return outcome
  }

  /// The row of a trap whose policies may earn `bound` on average.
  private func row(
    _ trap: Trap, _ policies: [CheapPolicy], bound: Double = 0, parses: Bool = true,
    succeeds: Bool = true, isTruncated: Bool = false
  ) -> AuditRow {
    var worst = (name: "", mean: -Double.infinity)
    var (count, skipped, faults) = (0, 0, [String]())
    for policy in policies {
      let outcome = outcome(of: policy, isTruncated: isTruncated)
      count += outcome.count
      skipped += outcome.skipped
      if outcome.count > 0 && outcome.mean > worst.mean { worst = (policy.name, outcome.mean) }
      if !parses && outcome.parsed > 0 { faults.append("\(policy.name) is taken for an answer") }
      if !succeeds && outcome.successes > 0 { faults.append("\(policy.name) succeeds") }
    }
    guard count > 0 else {
      return AuditRow(trap, .notApplicable, skipped: skipped, reason: "no answer can be so mutated")
    }
    let passes = worst.mean <= bound && faults.isEmpty
    let reason = faults.isEmpty ? "\(count) completions, best: \(worst.name)" : faults[0]
    return AuditRow(
      trap, passes ? .passed : .failed, figure: worst.mean, bound: bound, skipped: skipped,
      reason: reason)
  }

  /// H08: absurd answers earn nothing, and judging one is quick.
  private func absurdRow() -> AuditRow {
    let row = row(.h08, CheapPolicy.absurdities)
    guard row.status == .passed, let item = items.first else { return row }
    for policy in CheapPolicy.absurdities {
      for completion in policy.completions(item.problem, prompts[0]) {
        let time = quickestTime(on: completion, item.problem)
        if time > options.verdictTime {
          return AuditRow(.h08, .failed, reason: "\(policy.name) took \(time) to judge")
        }
      }
    }
    return row
  }

  /// The least of five, since the machine does other things too.
  private func quickestTime(on completion: [UInt8], _ problem: Problem) -> Duration {
    let clock = ContinuousClock()
    let times = (0..<5).map { _ in
      clock.measure {
        _ = environment.judging.verdict(on: completion, isTruncated: false, problem: problem)
      }
    }
    return times.min() ?? .zero
  }
}
