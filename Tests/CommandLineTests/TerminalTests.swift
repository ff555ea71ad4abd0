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
}
