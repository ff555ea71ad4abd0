import Testing

@testable import Platform

@Suite struct TerminalTests {
  private func terminal(_ isTerminal: Bool, _ environment: [String: String] = [:]) -> Terminal {
    Terminal(
      outputIsTerminal: isTerminal, errorIsTerminal: isTerminal, environment: environment)
  }

  @Test func progressIsRedrawnOnARealTerminalOnly() {
    #expect(terminal(true, ["TERM": "xterm"]).redrawsProgress)
    #expect(!terminal(false, ["TERM": "xterm"]).redrawsProgress)
    #expect(!terminal(true, ["TERM": "dumb"]).redrawsProgress)
    #expect(!terminal(true, ["CI": "true"]).redrawsProgress)
    #expect(terminal(true, ["CI": "false"]).redrawsProgress)
  }

  /// Flag, then NO_COLOR, then a force, then whether it is a terminal.
  @Test func colourFollowsItsPrecedence() {
    let none = ["NO_COLOR": "1", "FORCE_COLOR": "1"]
    #expect(terminal(false, none).colorsOutput(.always))
    #expect(!terminal(true, none).colorsOutput(.auto))
    #expect(!terminal(true, ["NO_COLOR": "0"]).colorsOutput(.auto))
    #expect(terminal(true, ["NO_COLOR": ""]).colorsOutput(.auto))
    #expect(terminal(false, ["CLICOLOR_FORCE": "1"]).colorsError(.auto))
    #expect(!terminal(false, ["FORCE_COLOR": "0"]).colorsError(.auto))
    #expect(!terminal(true, ["FORCE_COLOR": "1"]).colorsError(.never))
    #expect(!terminal(true, ["TERM": "dumb"]).colorsError(.auto))
    #expect(!terminal(false).colorsOutput(.auto))
  }

  @Test func widthIsNeverBelowOne() {
    #expect(terminal(false, ["COLUMNS": "-3"]).width >= 1)
  }
}
