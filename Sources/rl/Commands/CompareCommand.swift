import Configuration
import Foundation
import PostTraining

struct CompareCommand: Command {
  enum Format: String, CaseIterable { case table, markdown, csv, json }

  static let help = CommandHelp(
    examples: [
      "rl compare runs/lr-*",
      "rl compare runs/lr-* --metric eval/success --format markdown",
    ],
    operands: "RUN …", operandCount: 1...10_000,
    options: [
      Option("--metric", value: "METRIC", "test/success, or a key of metrics.jsonl"),
      Option(
        "--format", value: "table|markdown|csv|json", "table when left out"),
    ],
    notes: """
      Runs that differ only in seed (and threads) are one arm: a line with their number n, the mean
      of the metric's last value, and its 95 % Student's interval over seeds, which n = 1 does not
      have. test/success is that of the last stage. Steps and seconds are means of all stages.
      Unfinished runs are named and not counted. Exit 1 when no run is finished.
      """)

  static func run(_ arguments: Arguments, on console: Console) throws -> ExitCode {
    let metric = arguments.value("--metric") ?? RunOutcome.testSuccess
    let runs = try arguments.operands.map { try RunOutcome(path($0)) }
    let comparison: RunComparison
    do {
      comparison = try RunComparison(runs, metric: metric)
    } catch let error as MissingMetric {
      throw Failure.usage("\(error)", advice: "rl metrics lists them")
    }
    for (run, first) in comparison.repeated {
      console.narrate("\(run.path): the same configuration and seed as \(first.path), not counted")
    }
    for run in comparison.arms.flatMap(\.unfinished) {
      console.narrate("\(run.path): \(run.state) at step \(run.step), not counted")
    }
    let format =
      console.isJSON ? .json : try arguments.choice("--format", of: Format.self) ?? .table
    switch format {
    case .json: console.output(json(comparison))
    case .csv:
      console.output(rows(comparison) { "\($0)" }.map(csvLine).joined(separator: "\n"))
    case .markdown: console.output(markdown(comparison))
    case .table: console.show(table(comparison))
    }
    return comparison.arms.contains { !$0.runs.isEmpty } ? .success : .failure
  }

  /// Shells complete directories with a slash.
  private static func path(_ operand: String) -> String {
    operand.count > 1 && operand.hasSuffix("/") ? String(operand.dropLast()) : operand
  }
}

extension CompareCommand {
  /// A header and a row an arm.
  private static func rows(
    _ comparison: RunComparison, joiningInterval: Bool = false,
    _ text: (Double) -> String = short
  ) -> [[String]] {
    let bounds = joiningInterval ? ["95 %"] : ["low", "high"]
    let header = ["arm", "n", "unfinished", comparison.metric] + bounds + ["steps", "seconds"]
    return [header]
      + comparison.arms.map { arm in
        let interval = arm.estimate?.interval
        let ends = [interval?.lowerBound, interval?.upperBound].map { $0.map(text) ?? "" }
        let joined = interval.map { "\(text($0.lowerBound))–\(text($0.upperBound))" } ?? ""
        return [
          label(arm), "\(arm.runs.count)", "\(arm.unfinished.count)",
          arm.estimate.map { text($0.value) } ?? "",
        ] + (joiningInterval ? [joined] : ends)
          + [mean(arm) { Double($0.steps) }, mean(arm, \.seconds)].map { $0.map(text) ?? "" }
      }
  }

  /// A single configuration differs from nothing: its first run's name stands for it.
  private static func label(_ arm: RunComparison.Arm) -> String {
    arm.label.isEmpty ? (arm.runs.map(\.run) + arm.unfinished).first?.path ?? "" : arm.label
  }

  private static func mean(
    _ arm: RunComparison.Arm, _ figure: (RunOutcome) -> Double
  ) -> Double? {
    arm.runs.isEmpty
      ? nil : arm.runs.reduce(0) { $0 + figure($1.run) } / Double(arm.runs.count)
  }

  private static func table(_ comparison: RunComparison) -> String {
    var rows = rows(comparison, joiningInterval: true)
    rows[0] = rows[0].map { $0.uppercased() }
    return textTable(rows)
  }

  private static func markdown(_ comparison: RunComparison) -> String {
    var rows = rows(comparison, joiningInterval: true).map { row in
      "| " + row.map { $0.replacing("|", with: "\\|") }.joined(separator: " | ") + " |"
    }
    rows.insert("|---" + String(repeating: "|---:", count: 6) + "|", at: 1)
    return rows.joined(separator: "\n")
  }

  /// RFC 4180: quoted where a comma, a quote or a line break stands.
  private static func csvLine(_ cells: [String]) -> String {
    cells.map { cell in
      cell.contains { ",\"\n".contains($0) }
        ? "\"\(cell.replacing("\"", with: "\"\""))\"" : cell
    }.joined(separator: ",")
  }

  private static func json(_ comparison: RunComparison) -> JSON {
    func number(_ value: Double?) -> JSON {
      value.map { $0.isFinite ? JSON($0) : .null } ?? .null
    }
    let arms = comparison.arms.map { arm -> JSON in
      let interval = arm.estimate?.interval
      let seeds = arm.runs.map { entry -> JSON in
        [
          "seed": JSON(entry.run.seed), "run": JSON(entry.run.path), "value": number(entry.value),
        ]
      }
      let unfinished = arm.unfinished.map { run -> JSON in
        ["run": JSON(run.path), "state": JSON(run.state), "step": JSON(run.step)]
      }
      return [
        "arm": JSON(arm.label), "n": JSON(arm.runs.count), "mean": number(arm.estimate?.value),
        "ci95": interval.map { [number($0.lowerBound), number($0.upperBound)] } ?? .null,
        "steps": number(mean(arm) { Double($0.steps) }), "seconds": number(mean(arm, \.seconds)),
        "runs": JSON(seeds), "unfinished": JSON(unfinished),
      ]
    }
    return ["metric": JSON(comparison.metric), "arms": JSON(arms)]
  }
}
