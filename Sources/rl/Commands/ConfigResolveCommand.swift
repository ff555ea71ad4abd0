import Configuration
import PostTraining

struct ConfigResolveCommand: Command {
  static let help = CommandHelp(
    examples: [
      "rl config resolve grpo-arith.json",
      "rl config resolve grpo-arith.json seed=3 ~checkpoint.every",
      "rl config resolve grpo-arith.json --provenance",
    ],
    operands: "CONFIG… [key.path=value …] [~key.path …]", operandCount: 0 ... .max,
    options: RunArguments.options + [
      Option("--provenance", "each value on a line with who set it")
    ],
    notes: """
      Prints the configuration that rl train would run, with every default written out.
      Resolving the result again gives the same bytes. See rl help config.
      """)

  static func run(_ arguments: Arguments, on console: Console) throws -> ExitCode {
    let operands = arguments.operands
    let loaded = try RunArguments(
      files: arguments.all("--config") + operands.filter { !RunArguments.isOverride($0) },
      overrides: operands.filter(RunArguments.isOverride))
    for departure in loaded.resolved.departures {
      console.narrate("departs from its preset: \(departure)")
    }
    if arguments.isSet("--provenance") {
      show(try loaded.resolved.provenance(), on: console)
    } else {
      let json = try loaded.resolved.json()
      if console.isJSON { console.output(json) } else { console.output(json.text(pretty: true)) }
    }
    return .success
  }

  private static func show(_ values: [Provenance], on console: Console) {
    if console.isJSON {
      console.output(
        JSON(
          values.map { value in
            [
              "path": JSON(value.path), "value": value.value, "origin": JSON(value.origin),
            ] as JSON
          }))
    } else {
      console.show(textTable(values.map { [$0.path, $0.value.text(), $0.origin] }))
    }
  }
}
