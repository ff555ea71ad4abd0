import Configuration
import Foundation
import Testing

@testable import rl

/// What scripts see: streams, exit codes, one JSON document.
@Suite struct ProgramTests {
  private static let tokenizer = "Tests/Fixtures/tokenizers/wordlevel_char"

  /// A command line for every command, quick ones.
  static let lines: [[String]] = [
    ["version"], ["metrics"], ["config", "resolve", "grpo-arith.json", "seed=3"],
    ["config", "resolve", "grpo-arith.json", "--provenance"], ["config", "schema"],
    ["completion", "bash"], ["doctor"],
    ["bias", "--algorithm", "rloo"], ["env", "list"], ["env", "show", "arith"],
    ["env", "sample", "sort"],
    ["env", "check", "token"],
    ["env", "audit", "copy", "--items", "5", "--gold", "5", "--draws", "5"],
    ["tokenize", "--tokenizer", tokenizer],
  ]

  private func run(_ line: [String], _ further: String...) throws -> Ran {
    let arguments = (line + further).map { "'\($0)'" }.joined(separator: " ")
    return try RunningProgram.shell("\"$RL\" \(arguments) < /dev/null")
  }

  @Test(arguments: lines) func noCommandSteersWhatIsNoTerminal(_ line: [String]) throws {
    let ran = try run(line)
    #expect([0, 4].contains(ran.code), "\(ran.error)")
    #expect(ran.steeringBytes == 0)
  }

  @Test(arguments: lines.filter { $0[0] != "tokenize" })
  func jsonIsOneDocumentOnOneLine(_ line: [String]) throws {
    let ran = try run(line, "--json")
    #expect(ran.output.hasSuffix("\n") && ran.output.utf8.count { $0 == 0x0A } == 1)
    _ = try JSON(parsing: ran.output)
  }

  @Test func everyCommandIsRunHere() {
    for entry in commandTable where !Self.unlisted.contains(entry.name) {
      let words = entry.name.split(separator: " ").map(String.init)
      #expect(Self.lines.contains { $0.starts(with: words) }, "\(entry.name)")
    }
  }

  /// Commands that need a trained model; their own tests run them.
  private static let unlisted = [
    "train", "eval", "compare", "sample", "score", "logits", "merge", "bench", "ckpt ls",
    "ckpt verify", "ckpt prune",
  ]

  /// Every command, however much it has to say: who reads one line ends it quietly.
  @Test(arguments: lines) func whoReadsOneLineIsNoFailure(_ line: [String]) throws {
    let arguments = line.map { "'\($0)'" }.joined(separator: " ")
    let ran = try RunningProgram.shell(
      "\"$RL\" \(arguments) --quiet < /dev/null | head -1; exit ${PIPESTATUS[0]}")
    #expect([0, 4].contains(ran.code) && ran.error.isEmpty, "\(ran.error)")
  }

  @Test func whoStopsReadingIsNoFailure() throws {
    let ran = try RunningProgram.shell(
      "set -o pipefail; \"$RL\" env sample arith -n 5000 | head -1")
    #expect(ran.code == 0)
    #expect(ran.error.isEmpty)
    #expect(ran.output.hasPrefix("LEVEL"))
  }

  @Test(arguments: [
    (["verson"], "unknown command \"verson\"; did you mean \"version\"?"),
    (["env", "lst"], "unknown command \"env lst\"; did you mean \"env list\"?"),
    (["version", "--jsonn"], "unknown option --jsonn; did you mean --json?"),
    (["version", "x"], "expected no operands, found 1"),
    (["env", "sample", "arth"], "no file \"arth.json\"; did you mean \"arith.json\"?"),
    (["env", "sample", "arith", "--level", "add-3"], "did you mean \"add-1\"?"),
    (["env", "sample", "arith", "--split", "evl"], "did you mean \"eval\"?"),
    (["env", "sample", "arith", "-n", "0"], "expected a whole number from 1"),
    (
      ["config", "resolve", "grpo-arith.json", "stages.grpo.epsilom=1"],
      "stages.grpo.epsilom: unknown key; did you mean \"epsilon\"?"
    ),
    (["config", "resolve", "grpo-arit.json"], "did you mean \"grpo-arith.json\"?"),
    (["bias", "--algorithm", "grop"], "no estimator \"grop\"; did you mean \"grpo\"?"),
    (["bias", "--algorithm", "grpo", "--world", "wrods"], "did you mean \"words\"?"),
    (["bias", "--algorithm", "grpo", "epsilom=1"], "did you mean \"epsilon\"?"),
    (["bias", "--algorithm", "kl", "epsilon=1"], "only a preset has keys"),
    (["metrics", "entropi"], "did you mean \"entropy\"?"), (["tokenize"], "--tokenizer is missing"),
    ([], "a command is missing"),
  ])
  func mistakesEndWithTwoAndTheNearestName(_ line: [String], _ message: String) throws {
    let ran = try run(line)
    #expect(ran.code == 2)
    #expect(ran.output.isEmpty)
    #expect(ran.error.hasPrefix("error: ") && ran.error.contains(message), "\(ran.error)")
    #expect(ran.steeringBytes == 0)
    let json = try run(line, "--json")
    #expect(json.code == 2)
    let error = try #require(try JSON(parsing: json.output)["error"])
    #expect(error["code"]?.int == 2)
    #expect(error["message"]?.string?.contains(message) == true)
  }

  @Test func aPointerNamesTheKey() throws {
    let ran = try run(
      ["config", "resolve", "grpo-arith.json", "stages.grpo.epsilon=-1", "seed=x", "--json"])
    let error = try JSON(parsing: ran.output)["error"]
    let pointers = error?["errors"]?.array?.compactMap { $0["pointer"]?.string }
    #expect(Set(pointers ?? []) == ["/seed", "/stages/grpo/epsilon"])
  }

  @Test func helpGoesToStandardOutput() throws {
    for line in [["--help"], ["help"], ["env", "--help"], ["version", "-h"], ["help", "env"]] {
      let ran = try run(line)
      #expect(ran.code == 0 && ran.error.isEmpty && !ran.output.isEmpty)
    }
  }
}
