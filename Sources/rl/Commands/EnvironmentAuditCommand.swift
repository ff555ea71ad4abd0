import Configuration
import EnvironmentKit
import Randomness

struct EnvironmentAuditCommand: Command {
  static let help = CommandHelp(
    examples: ["rl env audit", "rl env audit arith --json", "rl env audit sort --draws 10000"],
    operands: "[ENVIRONMENT …]", operandCount: 0 ... .max,
    options: [
      Option("--items", value: "N", "held-out problems that each policy answers (1000)"),
      Option("--gold", value: "N", "gold answers judged at each level (10000)"),
      Option("--draws", value: "N", "training draws searched for held-out keys (1000000)"),
      Option("--seed", value: "S", "of the draws (0)"),
    ],
    notes: """
      A row a trap: what the best of its cheap policies earned, and what it may earn (H18:
      must). A trap that cannot apply says why. Without names: every file of Environments/.
      Exit 4 when a row does not hold.
      """)

  static func run(_ arguments: Arguments, on console: Console) throws -> ExitCode {
    var options = AuditOptions()
    options.items = try arguments.integer("--items", in: 1 ... .max) ?? options.items
    options.goldItems = try arguments.integer("--gold", in: 1 ... .max) ?? options.goldItems
    options.trainingDraws = try arguments.integer("--draws") ?? options.trainingDraws
    let random = RandomStream(seed: UInt64(try arguments.integer("--seed") ?? 0))
    let found = try EnvironmentFiles().load(arguments.operands)
    var progress = ProgressReporter(console)
    var audits: [(name: String, rows: [AuditRow])] = []
    for (_, environment) in found {
      progress.report(
        Progress(
          title: "audit", done: audits.count, total: found.count,
          fields: [("now", environment.name)]))
      audits.append((environment.name, environment.audit(options: options, random: random)))
    }
    progress.finish()
    let holds = audits.allSatisfy { $0.rows.allSatisfy { $0.status != .failed } }
    if console.isJSON {
      console.output([
        "passed": JSON(holds),
        "environments": JSON(
          members: try audits.map { name, rows in
            (name, JSON(try rows.map { try JSON(encoding: $0) }))
          }),
      ])
    } else {
      let rows = audits.flatMap { name, rows in rows.map { cells($0, name) } }
      let header = ["ENVIRONMENT", "TRAP", "RESULT", "EARNED", "BOUND", "POLICY", "DETAIL"]
      console.show(textTable([header] + rows))
    }
    return holds ? .success : .environment
  }

  private static func cells(_ row: AuditRow, _ environment: String) -> [String] {
    let applies = row.status != .notApplicable
    let result =
      switch row.status {
      case .passed: "passed"
      case .failed: "FAILED"
      case .notApplicable: "n/a"
      }
    let skipped = row.skipped > 0 ? ", \(row.skipped) skipped" : ""
    return [
      environment, row.trap.rawValue, result, applies ? short(row.figure) : "",
      applies ? short(row.bound) : "", row.title, row.reason + skipped,
    ]
  }
}
