import Configuration
import Foundation
import Testing

/// What scripts read: one document a command, with the fields that were promised.
@Suite struct DocumentTests {
  private static let figures = [
    "n_items", "n_samples", "success", "success_se", "ci95", "pass_at", "majority", "parse_rate",
    "truncated_rate", "drop_rate", "reward_mean", "mean_length", "floor_const",
  ]

  private static let trained = Result {
    let laboratory = try Laboratory()
    let ran = try laboratory.rl(
      "train", "--config", "run.json", "--json", "stages.warm.max_steps=20",
      "stages.rl.max_steps=5")
    try #require(ran.code == 0, "\(ran.error)")
    return (laboratory, ran)
  }

  private func document(_ ran: Ran) throws -> JSON {
    #expect(ran.code == 0, "\(ran.error)")
    #expect(ran.output.split(separator: "\n").count == 1)
    #expect(ran.steeringBytes == 0)
    return try JSON(parsing: ran.output)
  }

  private func checkFigures(_ json: JSON?, _ place: String) {
    let keys = json?.members?.map(\.key) ?? []
    #expect(Set(Self.figures).isSubset(of: keys), "\(place): \(keys)")
  }

  @Test func trainingPrintsOneDocument() throws {
    let (laboratory, ran) = try Self.trained.get()
    let json = try document(ran)
    #expect(
      json.members?.map(\.key) == ["run", "state", "step", "checkpoint", "stages", "evaluation"])
    #expect(json["run"]?.string == "runs/run")
    #expect(json["state"]?.string == "completed")
    #expect(json["step"]?.int == 25)
    #expect(try json["checkpoint"]?.string == laboratory.lastCheckpoint("run"))
    let stages = json["stages"]?.array ?? []
    #expect(stages.map { $0["name"]?.string } == ["warm", "rl"])
    #expect(stages.map { $0["steps"]?.int } == [20, 5])
    for stage in stages {
      #expect(try #require(stage["seconds"]?.double) > 0)
      let sums = stage["evaluation"]?["environments"]?["sums"]
      #expect(sums?["split"]?.string == "test")
      checkFigures(sums?["total"], "a stage's total")
      checkFigures(sums?["levels"]?["one-digit"], "a stage's level")
    }
    #expect(json["evaluation"] == stages.last?["evaluation"])
    #expect(laboratory.bytes("runs/run/status.json").count > 0)
  }

  /// Time over all stages is the sum of what the lines say.
  @Test func secondsOfStagesAreThoseOfTheirSteps() throws {
    let (laboratory, ran) = try Self.trained.get()
    let lines = try laboratory.lines("runs/run/metrics.jsonl").map { try JSON(parsing: String($0)) }
    for stage in try document(ran)["stages"]?.array ?? [] {
      let own = lines.filter { $0["stage"] == stage["name"] }
      let sum = own.reduce(0) { $0 + ($1["time/step"]?.double ?? 0) }
      #expect(abs(sum - (stage["seconds"]?.double ?? 0)) < 1e-9)
    }
  }

  /// The run's last word is what `rl eval` says of its checkpoint, from the checkpoint alone.
  @Test func evaluationPrintsOneDocument() throws {
    let (laboratory, ran) = try Self.trained.get()
    let json = try document(
      laboratory.rl("eval", "--checkpoint", "runs/run", "--split", "test", "--json"))
    #expect(json.members?.map(\.key) == ["environments", "checkpoint", "seed"])
    #expect(
      json["environments"] == (try document(ran)["evaluation"]?["environments"]))
    let sampled = try document(
      laboratory.rl("eval", "--checkpoint", "runs/run", "--samples", "4", "--json"))
    let total = sampled["environments"]?["sums"]?["total"]
    #expect(total?["pass_at"]?.members?.map(\.key) == ["1", "2", "4"])
    #expect(total?["n_samples"]?.int == 4 * (total?["n_items"]?.int ?? 0))
  }

  /// The first law on the command line: what was sampled is what is scored, bit for bit.
  @Test func sampledLogProbabilitiesAreTheScoredOnes() throws {
    let (laboratory, _) = try Self.trained.get()
    let sampled = try laboratory.rl(
      "sample", "--checkpoint", "runs/run", "3+4=", "9+9=", "-n", "6", "--temperature", "1",
      "--json")
    #expect(sampled.code == 0, "\(sampled.error)")
    let rows = try sampled.output.split(separator: "\n").map { try JSON(parsing: String($0)) }
    #expect(rows.count == 12)
    let directory = try laboratory.lastCheckpoint("run") + "/models/policy"
    let inputs = try rows.map { row in
      let prompt = try RunningProgram.run(
        "tokenize", "--tokenizer", laboratory.path(directory), input: row["prompt"]?.text() ?? "")
      let ids = try JSON(parsing: prompt.output)["ids"]?.array ?? []
      let tokens: JSON = ["tokens": JSON(ids + (row["tokens"]?.array ?? []))]
      return tokens.text() + "\n"
    }
    try laboratory.write(inputs.joined(), to: "sampled.jsonl")
    let scored = try laboratory.rl(
      "score", "--checkpoint", "runs/run", "--input", "sampled.jsonl", "--json")
    #expect(scored.code == 0, "\(scored.error)")
    let scores = try scored.output.split(separator: "\n").map { try JSON(parsing: String($0)) }
    #expect(scores.count == 12)
    for (row, score) in zip(rows, scores) {
      let own = row["log_probs"]?.array ?? []
      let all = score["log_probs"]?.array ?? []
      #expect(own.count == row["tokens"]?.array?.count && !own.isEmpty)
      #expect(Array(all.suffix(own.count)) == own)
      let sum = all.compactMap(\.double).reduce(0, +)
      #expect(abs((score["sum"]?.double ?? 0) - sum) < 1e-5)
      #expect(
        abs((score["perplexity"]?.double ?? 0) / exp(-sum / Double(all.count)) - 1) < 1e-5)
    }
  }

  @Test func logitsAreOneRowAToken() throws {
    let (laboratory, _) = try Self.trained.get()
    try laboratory.write("[[1, 2, 3], [4]]", to: "ids.json")
    let json = try document(
      laboratory.rl(
        "logits", "--checkpoint", "runs/run", "--tokens", "ids.json", "--output",
        "logits.safetensors", "--json"))
    let shape = json["shape"]?.array?.compactMap(\.int) ?? []
    #expect(shape.first == 4 && shape.count == 2)
    #expect(laboratory.bytes("logits.safetensors").count > 4 * shape.reduce(1, *))
  }
}
