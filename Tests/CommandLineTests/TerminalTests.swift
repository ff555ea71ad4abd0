import Foundation
import Testing

@Suite(
  .enabled(if: RunningProgram.canOpenTerminal, "util-linux's script opens the pseudo-terminal"))
struct TerminalTests {
  private static let red = "\u{1B}[1;31m"
  private static let audit = "\"$RL\" env audit copy --items 5 --gold 5 --draws 5"

  @Test func errorsAreColouredOnATerminal() throws {
    let ran = try RunningProgram.onTerminal("\"$RL\" verson")
    #expect(ran.code == 2)
    #expect(ran.output.contains("\(Self.red)error: unknown command"))
  }

  @Test(arguments: [
    (["NO_COLOR": "1"], "", false), (["NO_COLOR": "1", "FORCE_COLOR": "1"], "", false),
    (["NO_COLOR": "1"], "--color always", true), ([:], "--color=never", false),
    (["TERM": "dumb"], "", false), (["NO_COLOR": ""], "", true),
  ])
  func whoeverWantsNoColourGetsNone(
    _ environment: [String: String], _ flag: String, _ isColoured: Bool
  ) throws {
    let ran = try RunningProgram.onTerminal(
      "\"$RL\" metrics reward \(flag)", environment: environment)
    #expect(ran.code == 0)
    #expect(ran.output.contains("\u{1B}[1m") == isColoured)
  }

  @Test func progressIsRedrawnAndErased() throws {
    let ran = try RunningProgram.onTerminal("\(Self.audit) > /dev/null")
    #expect(ran.output == "\r\u{1B}[Kaudit 0/1 0 %  now copy\r\u{1B}[K")
  }

  @Test(arguments: [["CI": "true"], ["TERM": "dumb"]])
  func progressIsAPlainLineWhereNothingIsRedrawn(_ environment: [String: String]) throws {
    let ran = try RunningProgram.onTerminal("\(Self.audit) > /dev/null", environment: environment)
    #expect(ran.output == "audit 0/1 0 %  now copy\r\n")  // the terminal itself adds the return
  }

  @Test func quietMeansNoProgress() throws {
    let ran = try RunningProgram.onTerminal("\(Self.audit) --quiet > /dev/null")
    #expect(ran.output.isEmpty)
  }

  /// Pages, tables and figures, of which each is wider than 40 columns elsewhere.
  private static let wide = [
    "help config", "train --help", "metrics", "env list", "doctor", "env show arith",
    "config resolve grpo-add.json --provenance", "train --config grpo-add.json --dry-run",
  ]

  /// Lines break between words, no word is lost, and only a word may be longer than the window.
  @Test(arguments: wide) func aNarrowTerminalBreaksBetweenWords(_ line: String) throws {
    let narrow = try RunningProgram.onTerminal(
      "stty cols 40; \"$RL\" \(line)", environment: ["NO_COLOR": "1"]
    ).output.replacing("\r\n", with: "\n")
    #expect(!narrow.contains("\u{1B}"))
    for line in narrow.split(separator: "\n") where line.count > 40 {
      #expect(line.drop { $0 == " " }.contains(" ") == false, "\(line)")
    }
    if line != "doctor" {  // which measures, and tells of the terminal
      let plain = try RunningProgram.shell("\"$RL\" \(line)").output
      #expect(plain.split(separator: "\n").contains { $0.count > 40 })
      func words(_ text: String) -> [Substring] { text.split { $0.isWhitespace } }
      #expect(words(narrow) == words(plain))
    }
  }

  /// What others read stays as it is, however narrow the window.
  @Test(arguments: ["completion bash", "config schema", "config resolve grpo-add.json"])
  func whatIsCopiedIsNotBroken(_ line: String) throws {
    let narrow = try RunningProgram.onTerminal("stty cols 40; \"$RL\" \(line)").output
    let plain = try RunningProgram.shell("\"$RL\" \(line)").output
    #expect(narrow.replacing("\r\n", with: "\n") == plain)
  }

  @Test func columnsStandForAWindowThatIsNone() throws {
    let ran = try RunningProgram.onTerminal(
      "stty cols 0; \"$RL\" help exit-codes", environment: ["COLUMNS": "40"])
    #expect(ran.output.split(separator: "\r\n").allSatisfy { $0.count <= 40 })
  }
}
