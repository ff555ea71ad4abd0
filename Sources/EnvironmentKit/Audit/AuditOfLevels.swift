import Configuration
import Randomness

extension EnvironmentAudit {
  /// H02: the answer most common in draws earns no more on held-out items than its level says.
  func constantRow() -> AuditRow {
    var worst: (excess: Double, row: AuditRow)?
    for (index, level) in environment.levels.enumerated() {
      let row = constantRow(of: index, level)
      if row.status == .failed { return row }
      let excess = row.figure - row.bound
      if worst.map({ excess > $0.excess }) ?? true { worst = (excess, row) }
    }
    return worst?.row ?? AuditRow(.h02, .failed, reason: "there is no level")
  }

  private func constantRow(of index: Int, _ level: Environment.Level) -> AuditRow {
    guard level.floor < 1, index == 0 || level.floor <= 0.2 else {
      return AuditRow(
        .h02, .failed, figure: level.floor, bound: 0.2,
        reason: "level \"\(level.name)\" publishes no floor, or one above 0.2")
    }
    let drawn = draws(2 * options.items, at: index, purpose: "constant")
    let held = environment.distinctProblems(level: index, split: .eval, atMost: options.items)
    let answer = environment.mostCommonAnswer(of: drawn) ?? ""
    let score = environment.meanScore(of: answer, on: held)
    let error = (level.floor * (1 - level.floor) / Double(max(held.count, 1))).squareRoot()
    let bound = level.floor + 3 * error
    return AuditRow(
      .h02, score <= bound ? .passed : .failed, figure: score, bound: bound,
      reason: "\"\(answer)\" at level \"\(level.name)\", \(held.count) problems, "
        + "floor \(level.floor)")
  }

  private func draws(_ count: Int, at level: Int, purpose: String) -> [Problem] {
    let family = environment.levels[level].family
    var random = random.split(purpose, level)
    return (0..<count).map { _ in family.problem(using: &random) }
  }

  /// H16: none of the training draws, over all levels in turn, has a held-out key.
  func overlapRow() -> AuditRow {
    let cap = 5 * options.items
    var held: Set<[UInt8]> = []
    for level in environment.levels.indices {
      for split in [Split.eval, .test] {
        for problem in environment.distinctProblems(level: level, split: split, atMost: cap) {
          held.insert(Array(problem.key.utf8))
        }
      }
    }
    var random = random.split("overlap")
    var overlap = 0
    do {
      for draw in 0..<options.trainingDraws {
        let problem = try environment.problem(
          level: draw % environment.levels.count, split: .train, using: &random)
        if held.contains(Array(problem.key.utf8)) { overlap += 1 }
      }
    } catch {
      return AuditRow(.h16, .failed, reason: error.reason)
    }
    return AuditRow(
      .h16, overlap == 0 ? .passed : .failed, figure: Double(overlap),
      reason: "\(options.trainingDraws) training draws, \(held.count) held-out keys")
  }

  /// H18: the gold answer scores exactly what a success is worth.
  func goldRow() -> AuditRow {
    var right = 0
    var fault = ""
    for (index, level) in environment.levels.enumerated() {
      for problem in draws(options.goldItems, at: index, purpose: "gold") {
        if environment.isGoldRight(problem) {
          right += 1
        } else if fault.isEmpty {
          fault = "; wrong: \"\(problem.answer)\" to \"\(problem.question)\" at \"\(level.name)\""
        }
      }
    }
    let count = options.goldItems * environment.levels.count
    return AuditRow(
      .h18, right == count ? .passed : .failed, figure: Double(right) / Double(max(count, 1)),
      bound: 1, reason: "\(count) gold answers\(fault)")
  }
}

extension Environment {
  func isGoldRight(_ problem: Problem) -> Bool {
    let verdict = judging.verdict(
      on: Array(demonstration(for: problem).utf8), isTruncated: false, problem: problem)
    return verdict.isSuccess && verdict.score == judging.reward.success
  }
}
