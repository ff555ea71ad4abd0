import Configuration
import TestSupport
import Testing

@Suite struct ConfigReadingTests {
  private func errors(_ text: String) -> [String] {
    do {
      _ = try read(Run.self, from: JSON(parsing: text, file: "f"))
      return []
    } catch let errors as ConfigErrors {
      return errors.errors.map(\.description)
    } catch {
      return ["\(error)"]
    }
  }

  @Test func blocksAreWellFormed() {
    #expect(configProblems(in: Adam.self) == [])
    #expect(configProblems(in: Descent.self) == [])
    #expect(configProblems(in: Stage.self) == [])
    #expect(configProblems(in: Run.self) == [])
  }

  @Test func nothingGivenIsTheDefaults() throws {
    let run = try read(Run.self, from: [:])
    #expect(try JSON(encoding: run) == JSON(encoding: Run()))
  }

  @Test func keysStandOverDefaults() throws {
    let text = """
      {"$schema": "x", "seed": 7, "name": "é", "is_tied": true, "tags": ["a", "b"],
       "weights": {"b": 2}, "raw": {"anyKey": [1]},
       "stages": {"$comment": "c", "warm": {"epsilon": 0, "optimizer": {"learning_rate": 1}},
         "main": {"$comment": 1, "scale_rewards": "batch", "num_generations": 2}}}
      """
    let run = try read(Run.self, from: JSON(parsing: text))
    #expect(run.seed == 7 && run.isTied && run.tags == ["a", "b"] && run.name == "é")
    #expect(run.weights == ["a": 1, "b": 2] && run.raw["anyKey"]?[0]?.int == 1)
    #expect(run.stages.keys == ["warm", "main"])
    #expect(run.stages["warm"]?.epsilon == 0 && run.stages["warm"]?.epsilonHigh == 0.2)
    #expect((run.stages["warm"]?.optimizer.block as? Adam)?.learningRate == 1)
    #expect((run.stages["main"]?.optimizer.block as? Adam)?.learningRate == 3e-4)
    #expect(run.stages["main"]?.scaleRewards == .batch && run.stages["main"]?.numGenerations == 2)
  }

  @Test func everythingWrongIsReportedAtOnce() {
    let found = errors(
      """
      {"sed": 1, "seed": 2.0, "rollouts": "al", "is_tied": 1,
       "tags": ["a", 2],
       "stages": {"s": {"num_generations": 1, "epsilon": 1, "scale_rewards": "grup",
         "optimizer": {"type": "adam", "learning_rate": "x"}, "zzzzzz": 0},
         "a.b": {}, "t": 3},
       "gates": [{"type": "sgd", "betas": []}, "uniform", {"learning_rate": 0}],
       "levels": [{"betas": [0.5, 1]}], "weights": {"a": -1}}
      """)
    #expect(
      found == [
        "f:1:2: sed: unknown key; did you mean \"seed\"?",
        "f:1:20: seed: expected an integer in 0..., found 2.0",
        "f:1:37: rollouts: expected one of all|none, found the string \"al\"; "
          + "did you mean \"all\"?",
        "f:1:54: is_tied: expected true or false, found 1",
        "f:2:16: tags[1]: expected a string, found 2",
        "f:4:57: stages.s.zzzzzz: unknown key; known are preset, num_generations, epsilon, "
          + "epsilon_high, scale_rewards, optimizer",
        "f:3:38: stages.s.num_generations: expected an integer in 2..., found 1",
        "f:3:52: stages.s.epsilon: expected a number in 0..<1, found 1",
        "f:3:72: stages.s.scale_rewards: expected one of none|group|batch, "
          + "found the string \"grup\"; did you mean \"group\"?",
        "f:4:26: stages.s.optimizer.type: expected one of adamw|sgd, found the string \"adam\"; "
          + "did you mean \"adamw\"?",
        "f:5:4: stages.a.b: a name must not be empty or hold any of ~ . [ ] =",
        "f:5:20: stages.t: expected an object, found 3",
        "f:6:28: gates[0].betas: unknown key; known are learning_rate, momentum, type",
        "f:6:42: gates[1]: expected an object such as {\"type\": \"uniform\"}, "
          + "found the string \"uniform\"",
        "f:6:71: gates[2].learning_rate: expected a number in >0, found 0",
        "f:7:29: levels[0].betas[1]: expected a number in 0..<1, found 1",
        "f:7:52: weights.a: expected a number in 0..., found -1",
      ])
  }

  @Test func validationFollowsTheKeys() {
    #expect(
      errors("{\"stages\": {\"s\": {\n\"epsilon_high\": 0.1}}}")
        == ["f:2:17: stages.s.epsilon_high: at least epsilon, found 0.1"])
    #expect(errors("[]") == ["f:1:1: expected an object, found an empty array"])
  }

  /// The parent's default for its own type, else the chosen block's: 3e-4 against 0.1.
  @Test func choicesStandOverTheRightDefaults() throws {
    func stage(_ text: String) throws -> Stage { try read(Stage.self, from: JSON(parsing: text)) }
    let same = try stage(#"{"optimizer": {"type": "adamw", "betas": [0.8, 0.9]}}"#)
    #expect((same.optimizer.block as? Adam)?.learningRate == 3e-4)
    #expect((same.optimizer.block as? Adam)?.betas == [0.8, 0.9])
    let other = try stage(#"{"optimizer": {"type": "sgd", "momentum": 0.5}}"#)
    #expect(other.optimizer.type == "sgd")
    #expect((other.optimizer.block as? Descent)?.learningRate == 0.1)
    #expect(
      try JSON(encoding: other.optimizer).text()
        == #"{"type":"sgd","learning_rate":0.1,"momentum":0.5}"#)
  }

  @Test func presetsLieBetweenDefaultsAndKeys() throws {
    let json = try JSON(
      parsing: #"{"preset": "dapo", "scale_rewards": "none", "epsilon": 0.1}"#, file: "f")
    let resolution = try resolve(Stage.self, from: json, path: "stages.s")
    #expect(resolution.block.epsilonHigh == 0.28 && resolution.block.epsilon == 0.1)
    #expect(
      resolution.departures.map(\.description)
        == ["stages.s.scale_rewards: preset dapo has \"group\", here \"none\""])
    #expect(
      try resolution.provenance().map { "\($0.path)=\($0.value.text()) \($0.origin)" } == [
        "stages.s.preset=\"dapo\" f:1:12", "stages.s.num_generations=8 default",
        "stages.s.epsilon=0.1 f:1:56", "stages.s.epsilon_high=0.28 preset dapo",
        "stages.s.scale_rewards=\"none\" f:1:37", "stages.s.optimizer.type=\"adamw\" default",
        "stages.s.optimizer.learning_rate=0.0003 default",
        "stages.s.optimizer.betas=[0.9,0.999] default",
      ])
    #expect(throws: ConfigErrors.self) { try read(Stage.self, from: ["preset": "dap"]) }
    let chosen = try read(Stage.self, from: ["preset": "slow"])
    #expect((chosen.optimizer.block as? Descent)?.momentum == 0.5)
  }

  @Test func resolvingTwiceChangesNothing() throws {
    let json: JSON = ["stages": ["s": ["preset": "dapo", "optimizer": ["type": "sgd"]]]]
    let once = try resolve(Run.self, from: json).json().text(pretty: true)
    #expect(try resolve(Run.self, from: JSON(parsing: once)).json().text(pretty: true) == once)
  }

  @Test func wordsAndBlocksShareAKey() throws {
    #expect(try read(Run.self, from: [:]).reference.word == "initial")
    #expect(try read(Run.self, from: ["reference": "none"]).reference.word == "none")
    let block = try read(Run.self, from: ["reference": ["learning_rate": 2]]).reference.block
    #expect(block?.learningRate == 2 && block?.betas == [0.9, 0.999])
    #expect(
      errors(#"{"reference": "initail"}"#) == [
        "f:1:15: reference: expected one of initial|none, found the string \"initail\"; "
          + "did you mean \"initial\"?"
      ])
    #expect(
      errors(#"{"reference": {"beta": []}}"#)
        == ["f:1:16: reference.beta: unknown key; did you mean \"betas\"?"])
    #expect(
      errors(#"{"reference": 3}"#)
        == ["f:1:15: reference: expected one of initial|none, found 3"])
  }
}
