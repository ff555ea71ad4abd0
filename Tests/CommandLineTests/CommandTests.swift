import Configuration
import Foundation
import TestSupport
import Testing
import Tokenizers

@Suite struct CommandTests {
  @Test func aResolvedConfigurationResolvesToItself() throws {
    let first = try RunningProgram.run("config", "resolve", "grpo-arith.json", "seed=3")
    #expect(first.code == 0)
    try inTemporaryDirectory { directory in
      let file = "\(directory)/run.json"
      try first.output.write(toFile: file, atomically: true, encoding: .utf8)
      let second = try RunningProgram.run("config", "resolve", file)
      #expect(second.output == first.output)
    }
    #expect(try JSON(parsing: first.output)["seed"]?.int == 3)
  }

  @Test func laterFilesAndOverridesWinAndAreNamed() throws {
    try inTemporaryDirectory { directory in
      let file = "\(directory)/overlay.json"
      try #"{"seed": 5, "threads": 1}"#.write(toFile: file, atomically: true, encoding: .utf8)
      let ran = try RunningProgram.run(
        "config", "resolve", "grpo-arith.json", file, "seed=7", "--provenance", "--json")
      let values = try #require(try JSON(parsing: ran.output).array)
      func row(_ path: String) -> JSON? { values.first { $0["path"]?.string == path } }
      #expect(row("seed")?["value"]?.int == 7)
      #expect(row("seed")?["origin"]?.string == "command line: seed=7")
      #expect(row("threads")?["origin"]?.string == "\(file):1:24")
      #expect(row("models.reference")?["origin"]?.string == "default")
    }
  }

  @Test func tokenizingThereAndBack() throws {
    let tokenizer = "Tests/Fixtures/tokenizers/wordlevel_char"
    let ids = try RunningProgram.run(
      "tokenize", "--tokenizer", tokenizer, input: "\"12+34=\"\n\n\"1\"")
    #expect(ids.output == "{\"ids\":[19,20,13,21,22,30]}\n{\"ids\":[19]}\n")
    let text = try RunningProgram.run(
      "tokenize", "--tokenizer", "\(tokenizer)/tokenizer.json", "--decode", input: ids.output)
    #expect(text.output == "\"12+34=\"\n\"1\"\n")
  }

  @Test(arguments: [
    ("\"1\"\n7\n", "standard input:2: expected a string, found 7"),
    ("\"1\n", "standard input:1:3: expected '\"', found end of file"),
  ])
  func aBadLineIsNamed(_ input: String, _ message: String) throws {
    let ran = try RunningProgram.run(
      "tokenize", "--tokenizer", "Tests/Fixtures/tokenizers/wordlevel_char", input: input)
    #expect(ran.code == 2)
    #expect(ran.error.hasPrefix("error: \(message)"), "\(ran.error)")
  }

  @Test func anUnknownCharacterIsNamed() throws {
    try inTemporaryDirectory { directory in
      let file = "\(directory)/tokenizer.json"
      let digits = try CharacterTokenizer(CharacterTokenizerConfig(characters: "0123456789"))
      try digits.file.text().write(toFile: file, atomically: true, encoding: .utf8)
      let ran = try RunningProgram.run("tokenize", "--tokenizer", file, input: "\"1\"\n\"1+\"")
      #expect(ran.code == 2)
      #expect(ran.output.hasPrefix("{\"ids\":["))  // the good line before it
      #expect(ran.error == "error: standard input:2: the tokenizer has no \"+\" (U+002B, byte 1)\n")
    }
  }

  @Test func sampledProblemsAreThoseOfTheirSplitAndSeed() throws {
    func keys(_ arguments: String) throws -> [String] {
      let ran = try RunningProgram.shell("\"$RL\" env sample arith-two-digit --json \(arguments)")
      let problems = try JSON(parsing: ran.output)["problems"]?.array ?? []
      return problems.compactMap { $0["key"]?.string }
    }
    let train = try keys("-n 50")
    #expect(train.count == 50)
    #expect(try keys("-n 50 --seed 0") == train)
    #expect(try keys("-n 50 --seed 1") != train)
    #expect(Set(try keys("-n 50 --split eval")).isDisjoint(with: train))
  }

  @Test func anEnvironmentThatRefusesGoldAnswersEndsWithFour() throws {
    try inTemporaryDirectory { directory in
      // Every answer is longer than the bytes that a completion may have.
      let file = """
        {"format": "rl-env-file/1", "name": "narrow", "version": 1, "task": "reverse",
         "verify": {"type": "exact"}, "limits": {"completion_bytes": 1},
         "levels": [{"name": "five", "params": {"length": 5}, "floor": 0.01}]}
        """
      let path = "\(directory)/narrow.json"
      try file.write(toFile: path, atomically: true, encoding: .utf8)
      let check = try RunningProgram.run("env", "check", path)
      #expect(check.code == 4)
      #expect(check.output.contains("1000 wrong"))
      let audit = try RunningProgram.run(
        "env", "audit", path, "--items", "5", "--gold", "5", "--draws", "5", "--json")
      #expect(audit.code == 4)
      #expect(try JSON(parsing: audit.output)["passed"]?.bool == false)
    }
  }

  @Test(arguments: ["sed=1", "stages.grpo.epsilon=x", "environment=nope.json", "seed=-1", "~x"])
  func aRunThatCannotBeMeantCreatesNothing(_ override: String) throws {
    try inTemporaryDirectory { directory in
      let ran = try RunningProgram.run(
        "train", "--config", "grpo-arith.json", override, "--runs", "\(directory)/runs")
      #expect(ran.code == 2, "\(ran.error)")
      #expect(try FileManager.default.contentsOfDirectory(atPath: directory).isEmpty)
    }
  }

  @Test func anExistingRunIsLeftUntouched() throws {
    try inTemporaryDirectory { directory in
      try FileManager.default.createDirectory(
        atPath: "\(directory)/taken", withIntermediateDirectories: false)
      let ran = try RunningProgram.run(
        "train", "--config", "grpo-arith.json", "--runs", directory, "--name", "taken", "--json")
      #expect(ran.code == 6)
      #expect(try JSON(parsing: ran.output)["error"]?["code"]?.int == 6)
      #expect(try FileManager.default.contentsOfDirectory(atPath: "\(directory)/taken").isEmpty)
    }
  }

  @Test(arguments: [
    "eval", "sample 1+1=", "score --input /dev/null", "logits --tokens ids.json --output logits",
  ])
  func aMissingCheckpointEndsWithFive(_ command: String) throws {
    for place in ["nope", "Sources"] {
      let ran = try RunningProgram.shell("\"$RL\" \(command) --checkpoint \(place)")
      #expect(ran.code == 5)
      #expect(ran.error == "error: \(place): no checkpoint there\n")
    }
  }

  private static let start =
    "eval --checkpoint Configs/presets/start --environment arith-add.json --episodes 12"

  /// A search is one answer a problem, and says what it took.
  @Test func aSearchSaysWhatItCost() throws {
    func eval(_ options: String) throws -> JSON {
      let ran = try RunningProgram.shell("\"$RL\" \(Self.start) --json \(options)")
      #expect(ran.code == 0, "\(ran.error)")
      return try JSON(parsing: ran.output)["environments"]?["arith-add"] ?? .null
    }
    let greedy = try eval("")
    #expect(try eval("--search beam --n 1")["total"] == greedy["total"])
    let majority = try eval("--search majority --n 3")
    #expect(majority["search"]?["n"]?.int == 3 && majority["total"]?["n_samples"]?.int == 12)
    let cost = { (json: JSON) in json["total"]?["rows_per_item"]?.double ?? 0 }
    #expect(cost(majority) > cost(greedy))
    let shown = try RunningProgram.shell("\"$RL\" \(Self.start) --search best_of_n --n 2")
    #expect(shown.output.contains("best_of_n of 2: "))
  }

  @Test(arguments: [
    ("--n 4", "--n is not read without --search"),
    ("--search beam --temperature 1", "--temperature is not read with --search beam"),
    ("--search majority --samples 4", "--samples is not read with --search majority"),
    ("--search best_of_n --temperature 0", "8 samples: at temperature 0 all samples are equal"),
    ("--search majority --reward x", "--reward is not read with --search majority"),
    ("--search bean", "did you mean \"beam\"?"),
    ("--search beam --n 0", "--n: expected a whole number from 1 to 1024, found \"0\""),
  ])
  func aSearchThatCannotBeMeantIsRefused(_ options: String, _ message: String) throws {
    let ran = try RunningProgram.shell("\"$RL\" \(Self.start) \(options)")
    #expect(ran.code == 2 && ran.error.contains(message), "\(ran.error)")
  }

  @Test func metricsAreFoundByTheirBeginning() throws {
    let ran = try RunningProgram.run("metrics", "time/", "--json")
    let group = try #require(try JSON(parsing: ran.output)["every stage"]?.array)
    #expect(
      group.compactMap { $0["name"]?.string } == [
        "time/step", "time/generate", "time/update", "time/evaluate", "time/checkpoint",
      ])
    #expect(try RunningProgram.run("metrics", "tme/step").error.contains("\"time/step\""))
  }

  /// The columns are those that `rl metrics` defines.
  @Test func biasIsWhatMetricsDefine() throws {
    let ran = try RunningProgram.run(
      "bias", "--algorithm", "rloo", "--world", "choice", "--json")
    let json = try JSON(parsing: ran.output)
    #expect(json["world"]?.string == "choice" && json["group"]?.int == 2)
    let row = try #require(json["estimators"]?[0])
    #expect(row["estimator"]?.string == "rloo")
    #expect(try #require(row["on_policy"]?["bias"]?.double) < 1e-6)
    let defined = try JSON(parsing: RunningProgram.run("metrics", "--json").output)["rl bias"]
    let names = try #require(defined?.array).compactMap { $0["name"]?.string }
    #expect(row["on_policy"]?.members?.map(\.key) == names)
    #expect(row["off_policy"]?.members?.map(\.key) == names)
  }

  @Test func versionNamesTheInstructionSet() throws {
    let ran = try RunningProgram.run("version", "--json")
    let level = try JSON(parsing: ran.output)["instruction_set"]?.string
    #expect(["x86-64-v3", "x86-64-v4", "arm64"].contains(level))
  }
}
