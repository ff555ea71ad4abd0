import Configuration
import Foundation
import Testing

/// `rl ckpt`, and what the other commands make of a damaged checkpoint.
@Suite struct CheckpointCommandTests {
  private static let short = ["stages.warm.max_steps=4", "stages.rl.max_steps=8"]
  private static let latest = "runs/run/checkpoints/step-00000012"

  /// A run of 12 steps with the checkpoints of steps 8 and 12, and the best of step 4 if it is.
  private func trained() throws -> Laboratory {
    let laboratory = try Laboratory()
    let ran = try laboratory.rl("train", "--config", "run.json", Self.short[0], Self.short[1])
    try #require(ran.code == 0, "\(ran.error)")
    return laboratory
  }

  private func flip(_ name: String, _ laboratory: Laboratory) throws {
    var bytes = laboratory.bytes(name)
    bytes[bytes.count / 2] ^= 4
    try bytes.write(to: URL(fileURLWithPath: laboratory.path(name)))
  }

  @Test func checkpointsAreListedVerifiedAndPruned() throws {
    let laboratory = try trained()
    for command in ["ls", "verify"] {
      let text = try laboratory.rl("ckpt", command, "runs/run")
      #expect(text.code == 0 && text.steeringBytes == 0)
      #expect(text.output.hasPrefix("STEP  FILES  SIZE"), "\(text.output)")
      #expect(text.output.contains("\(Self.latest)  whole\n"), "\(text.output)")
      let json = try laboratory.rl("ckpt", command, Self.latest, "--json")
      let found = try JSON(parsing: json.output)["checkpoints"]?[0]
      #expect(found?["step"]?.int == 12 && found?["files"]?.int == 13)
      #expect(found?["whole"]?.bool == true && found?["problem"] == .null)
      #expect(found?["path"]?.string == Self.latest)
    }
    let before = try laboratory.tree("runs/run/checkpoints")
    let rehearsal = try laboratory.rl("ckpt", "prune", "runs/run", "--keep", "1", "--dry-run")
    #expect(rehearsal.code == 0 && rehearsal.output.contains("would remove "))
    #expect(try laboratory.tree("runs/run/checkpoints") == before)
    let pruned = try laboratory.rl("ckpt", "prune", "runs/run", "--keep", "1", "--json")
    #expect(pruned.code == 0, "\(pruned.error)")
    let kept = try JSON(parsing: pruned.output)["kept"]?.array ?? []
    #expect(kept.last?["step"]?.int == 12)
    let left = try FileManager.default.contentsOfDirectory(
      atPath: laboratory.path("runs/run/checkpoints"))
    #expect(left.count == kept.count && left.count < 3)
  }

  /// Named, a damaged file ends everything with 5; under `auto` it is passed over, said and logged.
  @Test(arguments: [
    "MANIFEST.json", "trainer.json", "optimizer/policy.safetensors",
    "models/policy/model.safetensors",
  ])
  func damageIsNamedOrPassedOver(_ file: String) throws {
    let laboratory = try trained()
    let whole = try RunTrace(laboratory, "run")
    try flip("\(Self.latest)/\(file)", laboratory)
    let train = ["train", "--config", "run.json", "--resume"]
    let named = [
      try laboratory.rl(train[0], train[1], train[2], train[3], Self.latest),
      try laboratory.rl("eval", "--checkpoint", Self.latest),
      try laboratory.rl(
        "train", "--config", "run.json", "model={\"checkpoint\":\"\(Self.latest)\"}"),
    ]
    for ran in named {
      #expect(ran.code == 5)
      #expect(ran.error.contains("\(Self.latest): corrupt checkpoint: \(file): "), "\(ran.error)")
    }
    for place in [Self.latest, "runs/run"] {
      let verified = try laboratory.rl("ckpt", "verify", place)
      #expect(verified.code == 5)
      #expect(verified.output.contains("\(file): "), "\(verified.output)")
    }
    let auto = try laboratory.rl(
      train[0], train[1], train[2], train[3], "auto", Self.short[0], Self.short[1])
    #expect(auto.code == 0, "\(auto.error)")
    #expect(auto.error.contains("passed over: \(Self.latest)"), "\(auto.error)")
    let events = laboratory.lines("runs/run/events.jsonl")
    #expect(events.contains { $0.contains("checkpoint_rejected") && $0.contains(file) })
    #expect(try RunTrace(laboratory, "run") == whole)
  }

  @Test func whatIsNoRunIsLeftAlone() throws {
    let laboratory = try Laboratory()
    try laboratory.write("mine", to: "letter.tmp")
    let before = try laboratory.tree("")
    for line in [["ls", "none"], ["verify", "none"], ["prune", "none"], ["prune", "."]] {
      let ran = try laboratory.rl("ckpt", line[0], line[1])
      #expect(ran.code == 5, "\(line): \(ran.error)")
    }
    #expect(try laboratory.tree("") == before)
  }
}
