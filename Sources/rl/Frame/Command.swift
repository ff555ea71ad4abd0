/// One verb of the command line: a file in `Commands` and a line in `commandTable`.
protocol Command: Sendable {
  static var help: CommandHelp { get }
  /// Does the work; what it throws is rendered by `Failure`.
  static func run(_ arguments: Arguments, on console: Console) throws -> ExitCode
}

/// A command's line in the table; a name of two words belongs to a group, as `env list`.
struct CommandEntry: Sendable {
  let name: String
  let summary: String
  let type: any Command.Type

  init(_ name: String, _ summary: String, _ type: any Command.Type) {
    (self.name, self.summary, self.type) = (name, summary, type)
  }
}

/// What a command takes, as its help shows it and the parser holds it to.
struct CommandHelp: Sendable {
  /// Whole command lines, the commonest first.
  var examples: [String]
  /// What follows the command's name in the line of usage, without options.
  var operands = ""
  var operandCount: ClosedRange<Int> = 0...0
  var options: [Option] = []
  /// Paragraphs below the options; lines that begin with a blank are kept as they are.
  var notes = ""
}

/// An option that a command knows beside the global ones.
struct Option: Sendable {
  /// The long one, by which `Arguments` calls it, and the short one if there is one.
  let names: [String]
  /// What stands for its value in the help; empty for a flag.
  let value: String
  let isRepeated: Bool
  let meaning: String

  init(
    _ name: String, short: String? = nil, value: String = "", isRepeated: Bool = false,
    _ meaning: String
  ) {
    names = [name] + (short.map { [$0] } ?? [])
    (self.value, self.isRepeated, self.meaning) = (value, isRepeated, meaning)
  }

  /// The options that every command takes.
  static let global = [
    Option("--json", "one JSON document on standard output, errors too"),
    Option("--quiet", short: "-q", "no narration on standard error"),
    Option("--verbose", short: "-v", "more narration"),
    Option("--color", value: "auto|always|never", "auto: on a terminal, unless NO_COLOR is set"),
    Option("--help", short: "-h", "this page"),
  ]
}
