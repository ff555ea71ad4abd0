import Configuration
import Foundation
import Testing

/// One way to get a run's configuration wrong.
struct BadInput: CustomTestStringConvertible, Sendable {
  var name: String
  /// What of the good configuration is replaced, and by what.
  var old, new: String
  /// `file:line`, the path, the nearest valid key.
  var words: [String]
  var testDescription: String { name }

  static let all = [
    BadInput(
      name: "unknown key", old: "\"batch_size\"", new: "\"bach_size\"",
      words: ["run.json:12:", "stages.warm.bach_size", "\"batch_size\""]),
    BadInput(
      name: "unknown key at the top", old: "\"checkpoint\":", new: "\"chekpoint\":",
      words: ["run.json:9:", "chekpoint", "\"checkpoint\""]),
    BadInput(
      name: "duplicate key", old: "\"seed\": 3,", new: "\"seed\": 3,\n  \"seed\": 4,",
      words: ["run.json:3:", "seed"]),
    BadInput(
      name: "mistyped value", old: "\"beta\": 0.05", new: "\"beta\": \"0.05\"",
      words: ["run.json:16:", "stages.rl.beta", "number"]),
    BadInput(
      name: "out of range", old: "\"beta\": 0.05", new: "\"beta\": -0.05",
      words: ["run.json:16:", "stages.rl.beta", "0..."]),
    BadInput(
      name: "unread key", old: "\"seed\": 3,", new: "\"seed\": 3, \"data_\": 1,",
      words: ["run.json:2:", "data_", "no stage reads", "\"data\""]),
    BadInput(
      name: "key of another algorithm", old: "\"max_steps\": 60", new: "\"beta\": 1",
      words: ["run.json:12:", "stages.warm.beta", "unknown key"]),
    BadInput(
      name: "trailing comma", old: "\"learning_rate\": 0.001}", new: "\"learning_rate\": 0.001,}",
      words: ["run.json:18:"]),
    BadInput(
      name: "missing environment", old: "\"sums.json\"", new: "\"sum.json\"",
      words: ["run.json:7:", "environment", "sum.json", "\"sums.json\""]),
    BadInput(
      name: "missing data", old: "\"batch_size\": 32", new: "\"data\": \"rows.jsonl\"",
      words: ["run.json:12:", "stages.warm.data", "rows.jsonl"]),
    BadInput(
      name: "level to start from", old: "{\"type\": \"hard\"}",
      new: "{\"type\": \"band\", \"start_level\": \"one-digits\"}",
      words: ["run.json:16:", "stages.rl.curriculum.start_level", "\"one-digit\""]),
    BadInput(
      name: "level to draw from", old: "{\"type\": \"hard\"}",
      new: "{\"type\": \"hard\", \"levels\": [\"two-digit\"]}",
      words: ["run.json:16:", "stages.rl.curriculum.levels", "\"one-digit\""]),
    BadInput(
      name: "model that is not there",
      old: """
        "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4,
            "num_key_value_heads": 2, "intermediate_size": 40, "max_position_embeddings": 24
        """,
      new: "\"checkpoint\": \"runs/none\"",
      words: ["run.json:4:", "model.checkpoint", "\"runs/none\""]),
    BadInput(
      name: "reference that is not there", old: "\"environment\":",
      new: "\"models\": {\"reference\": {\"checkpoint\": \".\"}}, \"environment\":",
      words: ["run.json:7:", "models.reference.checkpoint", "\".\""]),
    BadInput(
      name: "model too short", old: "\"max_position_embeddings\": 24",
      new: "\"max_position_embeddings\": 4",
      words: ["run.json:7:", "environment", "4 positions"]),
  ]
}

@Suite struct BadInputTests {
  /// Exit code 2, a message with file, line, path and the nearest valid key, and nothing created.
  @Test(arguments: BadInput.all) func aBadConfigurationCreatesNothing(_ bad: BadInput) throws {
    let config = Laboratory.config.replacing(bad.old, with: bad.new)
    try #require(config != Laboratory.config)
    let laboratory = try Laboratory(config: config)
    let before = try laboratory.tree("")
    let ran = try laboratory.rl("train", "--config", "run.json")
    #expect(ran.code == 2, "\(ran.error)")
    #expect(ran.output.isEmpty)
    let first = ran.error.split(separator: "\n").first ?? ""
    for word in bad.words { #expect(first.contains(word), "\(first)") }
    #expect(try laboratory.tree("") == before)
    let machine = try laboratory.rl("train", "--config", "run.json", "--json")
    #expect(machine.code == 2)
    #expect(try JSON(parsing: machine.output)["error"]?["code"]?.int == 2)
  }

  @Test func aMissingConfigurationCreatesNothing() throws {
    let laboratory = try Laboratory()
    let before = try laboratory.tree("")
    let ran = try laboratory.rl("train", "--config", "rum.json")
    #expect(ran.code == 2)
    #expect(ran.error.contains("rum.json") && ran.error.contains("\"run.json\""), "\(ran.error)")
    #expect(try laboratory.tree("") == before)
  }

  @Test func aBadOverrideIsBlamed() throws {
    let laboratory = try Laboratory()
    let before = try laboratory.tree("")
    let ran = try laboratory.rl("train", "--config", "run.json", "stages.rl.bata=1")
    #expect(ran.code == 2)
    let words = ["command line: stages.rl.bata=1", "stages.rl.bata: unknown key", "\"beta\""]
    for word in words { #expect(ran.error.contains(word), "\(ran.error)") }
    #expect(try laboratory.tree("") == before)
  }

  @Test func aBadRowIsNamed() throws {
    let config = Laboratory.config.replacing(
      "\"batch_size\": 32", with: "\"data\": \"rows.jsonl\"")
    let laboratory = try Laboratory(config: config)
    try laboratory.write(
      """
      {"prompt": "1+2=", "completion": "3\\n"}

      {"prompt": "1+2="}
      """, to: "rows.jsonl")
    let before = try laboratory.tree("")
    let ran = try laboratory.rl("train", "--config", "run.json")
    #expect(ran.code == 2)
    #expect(ran.error.contains("rows.jsonl:3: "), "\(ran.error)")
    #expect(try laboratory.tree("") == before)
  }

  /// Equal completions, an empty one, a long prompt, a missing column: exit code 2, nothing created.
  @Test(arguments: [
    (#"{"prompt": "1+2=", "chosen": "3\n", "rejected": "3\n"}"#, "are equal"),
    (#"{"prompt": "1+2=", "chosen": "3\n", "rejected": ""}"#, "\"rejected\" is empty"),
    (
      #"{"prompt": "1+2+1+2+1+2+1+2+1+2+1+2=", "chosen": "3\n", "rejected": "4\n"}"#,
      "do not fit the limit of 24"
    ),
    (#"{"prompt": "1+2=", "chosen": "3\n"}"#, "found \"prompt\", \"chosen\""),
  ])
  func aBadPreferenceIsNamed(_ row: String, _ reason: String) throws {
    var config = try JSON(parsing: Laboratory.config)
    config["stages"] = [
      "dpo": [
        "type": "dpo", "pairs": ["type": "file", "data": "pairs.jsonl", "truncation": "error"],
      ]
    ]
    let laboratory = try Laboratory(config: config.text())
    try laboratory.write(
      #"{"prompt": "1+2=", "chosen": "3\n", "rejected": "4\n"}"# + "\n" + row, to: "pairs.jsonl")
    let before = try laboratory.tree("")
    let ran = try laboratory.rl("train", "--config", "run.json")
    #expect(ran.code == 2)
    #expect(ran.error.contains("pairs.jsonl:2: "), "\(ran.error)")
    #expect(ran.error.contains(reason), "\(ran.error)")
    #expect(try laboratory.tree("") == before)
  }

  /// Exit code 6, and not a byte of what is there changes.
  @Test func anExistingRunIsUntouched() throws {
    let laboratory = try Laboratory()
    let short = ["stages.warm.max_steps=2", "stages.rl.max_steps=2"]
    let first = try laboratory.rl("train", "--config", "run.json", short[0], short[1])
    #expect(first.code == 0, "\(first.error)")
    let before = try laboratory.tree("runs")
    #expect(before.count > 10)
    let again = try laboratory.rl("train", "--config", "run.json", short[0], short[1])
    #expect(again.code == 6)
    #expect(again.error.contains("runs/run"), "\(again.error)")
    #expect(try laboratory.tree("runs") == before)
  }

  @Test func aLockedRunIsUntouched() throws {
    let laboratory = try Laboratory()
    let process = try laboratory.start("held")
    defer { process.terminate() }
    laboratory.wait(for: 6, of: "held", process)
    kill(process.processIdentifier, SIGSTOP)  // so that it writes nothing meanwhile
    usleep(20_000)
    let before = try laboratory.tree("runs")
    let ways = [["--resume", "auto"], ["--overwrite", "--quiet"], ["--resume", "never"]]
    for way in ways {
      let ran = try laboratory.rl("train", "--config", "run.json", "--name", "held", way[0], way[1])
      #expect(ran.code == 6, "\(way): \(ran.error)")
      if way[1] != "never" {
        #expect(ran.error.contains("pid \(process.processIdentifier)"), "\(ran.error)")
      }
    }
    #expect(try laboratory.tree("runs") == before)
    kill(process.processIdentifier, SIGCONT)
  }
}
