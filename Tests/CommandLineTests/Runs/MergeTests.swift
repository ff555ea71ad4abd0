import Configuration
import Foundation
import Testing

/// `rl merge`, and what the other commands make of a run with an adapter.
@Suite struct MergeTests {
  private static let line = [
    "train", "--config", "run.json", "stages.warm.max_steps=4", "stages.rl.max_steps=3",
  ]

  @Test func aMergedModelComputesTheSame() throws {
    let laboratory = try Laboratory()
    let plan = try laboratory.rl(
      Self.line[0], Self.line[1], Self.line[2], #"lora={"rank":2}"#, "--dry-run")
    #expect(plan.output.contains(", trained beside them "), "\(plan.output)")
    let ran = try laboratory.rl(
      Self.line[0], Self.line[1], Self.line[2], Self.line[3], Self.line[4], #"lora={"rank":2}"#)
    try #require(ran.code == 0, "\(ran.error)")
    let merged = try laboratory.rl("merge", "--checkpoint", "runs/run", "--output", "out", "--json")
    #expect(merged.code == 0, "\(merged.error)")
    let json = try JSON(parsing: merged.output)
    #expect(json["rank"]?.int == 2 && json["scale"]?.double == 8)
    let names = try FileManager.default.contentsOfDirectory(atPath: laboratory.path("out")).sorted()
    #expect(
      names == [
        "config.json", "generation_config.json", "model.safetensors", "tokenizer.json",
        "tokenizer_config.json",
      ])
    try laboratory.write(#"{"prompt": "1+2=", "completion": "3\n"}"# + "\n", to: "rows.jsonl")
    func score(_ checkpoint: String) throws -> Double {
      let scored = try laboratory.rl(
        "score", "--checkpoint", checkpoint, "--input", "rows.jsonl", "--json")
      let all = try JSON(parsing: String(scored.output.split(separator: "\n")[0]))
      return try #require(all["sum"]?.double, "\(scored.output)")
    }
    let base = "\(try laboratory.lastCheckpoint("run"))/models/policy"
    #expect(abs(try score("out") - score("runs/run")) < 1e-4)
    #expect(try score("runs/run") == score("\(base)/adapter"))

    let before = try laboratory.tree("out")
    let again = try laboratory.rl("merge", "--checkpoint", "runs/run", "--output", "out")
    #expect(again.code == 6 && again.error.hasPrefix("error: out: exists"), "\(again.error)")
    let nothing = try laboratory.rl("merge", "--checkpoint", "out", "--output", "twice")
    #expect(nothing.code == 2, "\(nothing.error)")
    #expect(nothing.error.contains("out: has no adapter: there is nothing to merge"))
    #expect(!FileManager.default.fileExists(atPath: laboratory.path("twice")))
    #expect(try laboratory.tree("out") == before)
  }

  @Test func aMissingBaseIsNamed() throws {
    let laboratory = try Laboratory()
    try laboratory.write(
      #"{"peft_type": "LORA", "base_model_name_or_path": "some/base"}"#, to: "adapter_config.json")
    let ran = try laboratory.rl("merge", "--checkpoint", ".", "--output", "out")
    #expect(ran.code == 5)
    #expect(
      ran.error.contains(
        "base_model_name_or_path: expected the base's directory (or the adapter in BASE/adapter"),
      "\(ran.error)")
  }
}
