import Configuration
import Objectives
import PostTraining

struct MetricsCommand: Command {
  static let help = CommandHelp(
    examples: ["rl metrics", "rl metrics clip_ratio", "rl metrics --json"],
    operands: "[METRIC]", operandCount: 0...1,
    notes: "A line of metrics.jsonl holds those of its stage. <…> is a name; unit 1: a pure number."
  )

  static func run(_ arguments: Arguments, on console: Console) throws -> ExitCode {
    let prefix = arguments.operands.first ?? ""
    let groups = groups.map { name, definitions in
      (name: name, definitions: definitions.filter { $0.name.hasPrefix(prefix) })
    }.filter { !$0.definitions.isEmpty }
    guard !groups.isEmpty else { throw unknown(prefix) }
    if console.isJSON {
      console.output(JSON(members: groups.map { ($0.name, json($0.definitions)) }))
      return .success
    }
    for (index, group) in groups.enumerated() {
      console.show((index > 0 ? "\n" : "") + group.name, .heading)
      console.show(
        textTable(group.definitions.map { [$0.name, $0.unit, $0.formula] }, indent: "  "))
    }
    return .success
  }

  static var definitions: [MetricDefinition] { groups.flatMap(\.definitions) }

  /// Those of every stage, of each algorithm, and of the parts it may use.
  private static var groups: [(name: String, definitions: [MetricDefinition])] {
    [
      ("every stage", MetricDefinition.ofTraining),
      ("diagnostics", MetricDefinition.ofDiagnostics),
    ]
      + AlgorithmCatalog.algorithms.map { ($0.name, $0.metrics) }
      + [
        ("objectives", MetricDefinition.ofObjectives),
        ("curricula, gates and shapers", MetricDefinition.ofCollection),
        ("rl bias", MetricDefinition.ofBias),
      ]
  }

  private static func json(_ definitions: [MetricDefinition]) -> JSON {
    JSON(
      definitions.map { definition in
        [
          "name": JSON(definition.name), "unit": JSON(definition.unit),
          "formula": JSON(definition.formula),
        ] as JSON
      })
  }

  private static func unknown(_ prefix: String) -> Failure {
    let names = definitions.map(\.name)
    let advice = nearest(to: prefix, among: names).map { "; did you mean \"\($0)\"?" } ?? ""
    return .usage("no metric \"\(prefix)\"\(advice)")
  }
}
