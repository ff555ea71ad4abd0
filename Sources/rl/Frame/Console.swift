import Configuration
import Platform

/// Where a command writes: data to standard output, narration to standard error.
struct Console: Sendable {
  let terminal: Terminal
  var isJSON = false
  var isQuiet = false
  var isVerbose = false
  var color = ColorChoice.auto

  /// A whole line's look; it never carries meaning that the words do not.
  enum Style: String {
    case plain = ""
    case heading = "1"
    case failure = "1;31"
  }

  static var current: Console { Console(terminal: .current) }

  /// Writes lines of data.
  func output(_ text: String, _ style: Style = .plain) {
    let colors = terminal.colorsOutput(color)
    writeStandardOutput(styled(visible(text), style, colors) + "\n")
  }

  /// Writes lines for people to read: on a terminal they break between words.
  func show(_ text: String, _ style: Style = .plain) {
    output(terminal.outputIsTerminal ? wrapped(text, to: terminal.width) : text, style)
  }

  /// Columns of a page of prose: 80, or what a narrower terminal has.
  var pageWidth: Int { terminal.outputIsTerminal ? max(20, min(80, terminal.width)) : 80 }

  /// Writes one JSON document on one line.
  func output(_ json: JSON) { writeStandardOutput(json.text() + "\n") }

  /// Tells the user what happens, unless asked to be quiet.
  func narrate(_ text: String) {
    if !isQuiet { writeNarration(text, .plain) }
  }

  /// Tells what only matters to whoever looks for it.
  func detail(_ text: String) {
    if isVerbose && !isQuiet { writeNarration(text, .plain) }
  }

  /// Tells what must not be missed, even when quiet.
  func complain(_ text: String, _ style: Style = .plain) { writeNarration(text, style) }

  private func writeNarration(_ text: String, _ style: Style) {
    // A progress line may stand there; the text takes its place.
    let clearing = terminal.redrawsProgress ? ProgressLine.clearing : ""
    let colors = terminal.colorsError(color)
    writeStandardError(clearing + styled(visible(text), style, colors) + "\n")
  }

  private func styled(_ text: String, _ style: Style, _ colors: Bool) -> String {
    guard colors, style != .plain, !text.isEmpty else { return text }
    return "\u{1B}[\(style.rawValue)m\(text)\u{1B}[0m"
  }
}
