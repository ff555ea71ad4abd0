/// The pages of help: examples first, 80 columns, one screen.
enum HelpText {
  static func overview(_ table: [CommandEntry]) -> String {
    """
    rl: reinforcement learning for small language models

    Examples
      rl train --config grpo-arith.json --name first
      rl eval --checkpoint runs/first
      rl sample --checkpoint runs/first "12+34="

    Commands
    \(columns(table.map { ($0.name, $0.summary) }))

    Topics
    \(columns(helpTopics.map { ($0.name, $0.summary) }))

    rl COMMAND --help or rl help COMMAND explains a command, rl help TOPIC a topic.
    """
  }

  static func group(_ name: String, _ entries: [CommandEntry]) -> String {
    """
    rl \(name): one of these
    \(columns(entries.map { ($0.name, $0.summary) }))

    rl \(entries[0].name) --help explains the first.
    """
  }

  static func page(_ entry: CommandEntry, width: Int = 80) -> String {
    let help = entry.type.help
    let operands = help.operands.isEmpty ? "" : " \(help.operands)"
    let options = help.options.isEmpty ? "" : "\n\nOptions\n" + columns(help.options.map(row))
    let notes = help.notes.isEmpty ? "" : "\n\n\(filled(help.notes, width: width))"
    return """
      rl \(entry.name): \(entry.summary)

      Examples
      \(help.examples.map { "  \($0)" }.joined(separator: "\n"))

      Usage: rl \(entry.name)\(operands) [options]\(options)

      Everywhere: --json --quiet -v --color auto|always|never --help\(notes)
      """
  }

  private static func row(_ option: Option) -> (String, String) {
    let value = option.value.isEmpty ? "" : " \(option.value)"
    let meaning = option.isRepeated ? "\(option.meaning) (repeatable)" : option.meaning
    return (option.names.joined(separator: ", ") + value, meaning)
  }

  /// Joins and breaks paragraphs at `width` columns; indented lines stay as they are.
  static func filled(_ text: String, width: Int = 80) -> String {
    var lines: [String] = []
    var paragraph: [Substring] = []
    func close() {
      var line = ""
      for word in paragraph {
        if !line.isEmpty && line.count + 1 + word.count > width {
          lines.append(line)
          line = ""
        }
        line += line.isEmpty ? String(word) : " \(word)"
      }
      if !line.isEmpty { lines.append(line) }
      paragraph = []
    }
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.isEmpty || line.hasPrefix(" ") {
        close()
        lines.append(String(line))
      } else {
        paragraph += line.split(separator: " ")
      }
    }
    close()
    return lines.joined(separator: "\n")
  }

  static func columns(_ rows: [(String, String)]) -> String {
    textTable(rows.map { [$0.0, $0.1] }, indent: "  ")
  }
}
