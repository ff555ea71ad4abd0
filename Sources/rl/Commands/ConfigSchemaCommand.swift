import Configuration
import PostTraining

struct ConfigSchemaCommand: Command {
  static let help = CommandHelp(
    examples: ["rl config schema > schema.json"],
    notes: """
      JSON Schema 2020-12 of a run's configuration: meanings, defaults, ranges, choices.
      A configuration names it by "$schema", and editors then complete its keys.
      """)

  static func run(_ arguments: Arguments, on console: Console) throws -> ExitCode {
    let schema = try runSchema()
    if console.isJSON { console.output(schema) } else { console.output(schema.text(pretty: true)) }
    return .success
  }
}
