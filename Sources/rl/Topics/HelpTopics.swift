/// A page of help that belongs to no single command.
struct HelpTopic: Sendable {
  let name: String
  let summary: String
  let text: @Sendable () -> String
}

let helpTopics = [
  HelpTopic(name: "exit-codes", summary: "what the process ends with") { exitCodePage },
  HelpTopic(name: "config", summary: "configuration files and overrides") { configPage },
  HelpTopic(name: "environments", summary: "environment files, levels, splits") {
    environmentsPage
  },
  HelpTopic(name: "options", summary: "options of every command, output, colour") { optionsPage },
]

private var exitCodePage: String {
  let rows = ExitCode.allCases.map { (String($0.rawValue), $0.meaning) }
  return "What rl exits with\n\n\(HelpText.columns(rows))"
}

private var optionsPage: String {
  let rows = Option.global.map { option in
    let value = option.value.isEmpty ? "" : " \(option.value)"
    return (option.names.joined(separator: ", ") + value, option.meaning)
  }
  return """
    Options of every command

    \(HelpText.columns(rows))

    Data goes to standard output, narration to standard error. With --json, standard
    output is one JSON document on one line (a line an item for tokenize and score),
    and an error is {"error": {"code", "message", "pointer"}} with the exit code.

    Colour: --color, then NO_COLOR, then CLICOLOR_FORCE or FORCE_COLOR, then whether
    it is a terminal. Progress is one redrawn line on a terminal (unless TERM=dumb
    or CI is set), elsewhere a plain line now and then. -- ends the options.
    """
}

private let configPage = """
  Configuration

  Examples
    rl train --config grpo-arith.json seed=3 stages.grpo.epsilon_high=0.28
    rl config resolve grpo-arith.json seed=3 --provenance
    rl config schema > schema.json

  A file is strict JSON: unknown and duplicate keys, wrong types and values out of
  range are errors with file, line, column and the nearest key, all at once.
  Precedence: defaults, files from left to right, the command line.

    a.b=value   the value is JSON where it is JSON, else a string; the key decides
    a[0].b=1    an element of an array that is there
    ~a.b        back to the default

  Objects merge, arrays replace. A file, and the directory of a model.checkpoint, is
  looked for as given, beside the file that names it, then in Configs/ of the working
  directory and of the package.
  "$schema" and "$comment" are allowed in every object.
  """

private let environmentsPage = """
  Environments

  Examples
    rl env list
    rl env sample arith-two-digit.json -n 5 --split eval
    rl env audit

  An environment file (rl-env-file/1) says which family makes the problems, at which
  levels, how they are asked, where the answer is and when it is right. What is done
  with it (curriculum, gates, shaping) is the run's configuration.

  Every problem has a key; its hash puts it into train, eval or test, whatever seed
  or level asks for it, so the three never overlap. Success is whether the answer is
  right; a reward may be more, and no verdict is never 0.

  A file is looked for as given, beside the file that names it, then in Environments/
  of the working directory and of the package. The fingerprint names its meaning:
  figures with different fingerprints do not compare.
  """
