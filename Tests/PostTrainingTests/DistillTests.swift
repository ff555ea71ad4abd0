import Configuration
import EnvironmentKit
import LanguageModels
import NeuralNetworks
import Objectives
import Testing

@testable import PostTraining

/// A small student and a teacher of another shape, step by step.
private struct Lessons {
  var trainer: Trainer<Distill>

  init(_ keys: JSON = [:], bench: Workbench) throws {
    let stage: JSON = [
      "type": "distill", "max_steps": 300, "prompts_per_step": 6, "num_generations": 3,
      "optimizer": ["learning_rate": 5e-3],
    ]
    let setup = try bench.setup(Workbench.config(stage.merging(keys)))
    let config = try #require(setup.config.stages.entries[0].value.stage as? DistillConfig)
    trainer = Trainer(
      try Distill(config, setup.context(ofStage: "stage")), config: config,
      models: try setup.models())
  }

  var weights: Parameters { trainer.models.weights[.policy] ?? Parameters() }
  mutating func step() throws -> Metrics { try trainer.advance().metrics }
}

@Suite struct DistillTests {
  /// Every exact divergence brings the student to the teacher, on its own samples and on the
  /// teacher's.
  @Test(
    arguments: [
      [:], ["divergence": ["type": "forward_kl"], "lambda": 0],
      ["divergence": ["type": "jsd"], "lambda": 0.5],
      [
        "divergence": ["type": "soft_labels"], "lambda": 0, "data": "demonstrations",
        "num_generations": 2,
      ],
      ["divergence": ["top_k": 3]], ["divergence": ["type": "sampled"], "num_generations": 12],
    ] as [JSON])
  func theStudentComesNear(_ keys: JSON) throws {
    var lessons = try Lessons(keys, bench: Workbench())
    var divergences: [Double] = []
    for _ in 0..<60 { divergences.append(try lessons.step()["kl/exact"] ?? .nan) }
    let (first, last) = (divergences[0], divergences.suffix(5).reduce(0, +) / 5)
    #expect(last < 0.6 * first, "\(keys.text()): \(first) to \(last)")
  }

  /// Where both are one model, nothing is to be learned: every divergence is 0, and all the
  /// teacher's likeliest tokens are the student's.
  @Test func aTeacherThatIsTheStudentTeachesNothing() throws {
    var lessons = try Lessons(bench: Workbench())
    let models = lessons.trainer.models
    var twins = models
    twins.architectures[.teacher] = models.architectures[.policy]
    twins.weights[.teacher] = models.weights[.policy]
    lessons.trainer = Trainer(
      lessons.trainer.method, config: lessons.trainer.method.config, models: twins)
    let metrics = try lessons.step()
    #expect(metrics["kl/exact"] == 0 && metrics["kl/forward"] == 0)
    #expect(try #require(metrics["jsd"]) < 1e-7 && metrics["topk/overlap"] == 1)
    #expect(metrics["topk/student_mass"] == metrics["topk/teacher_mass"])
    #expect(metrics["entropy"] == metrics["teacher/entropy"])
    #expect(try #require(metrics["grad_norm"]) < 1e-6)
  }

  /// Which side a step takes is a function of the step alone, at the share that is asked for.
  @Test func theMixtureIsKeyedByStep() throws {
    var sides: [[Double]] = []
    for restarts in [false, true] {
      var lessons = try Lessons(["lambda": 0.4, "prompts_per_step": 2], bench: Workbench())
      var own: [Double] = []
      for step in 0..<40 {
        if restarts && step == 17 {
          var other = try Lessons(["lambda": 0.4, "prompts_per_step": 2], bench: Workbench())
          other.trainer.restore(
            step: step, method: lessons.trainer.method.state, optimizers: [:])
          lessons = other
        }
        own.append(try lessons.step()["on_policy"] ?? .nan)
      }
      sides.append(own)
    }
    #expect(sides[0] == sides[1])
    #expect((8...24).contains(Int(sides[0].reduce(0, +))))  // 16 ± 2.6 deviations
  }

  /// Tokens are counted by who made them: a student's budget is its own samples alone.
  @Test(
    arguments: [
      (["lambda": 1], "num_tokens"), (["lambda": 0], "num_tokens/teacher"),
      (["lambda": 0, "data": "demonstrations", "num_generations": 2], "num_tokens/given"),
    ] as [(JSON, String)])
  func tokensAreCountedApart(_ keys: JSON, _ name: String) throws {
    var lessons = try Lessons(keys, bench: Workbench())
    var expected = 0
    for _ in 0..<3 {
      let report = try lessons.trainer.advance()
      expected += report.collected.experience.reduce(0) {
        $0 + $1.completions.reduce(0) { $0 + $1.length }
      }
      for counter in ["num_tokens", "num_tokens/teacher", "num_tokens/given"] {
        #expect(report.metrics[counter] == (counter == name ? Double(expected) : 0))
      }
      #expect(report.metrics["on_policy"] == (name == "num_tokens" ? 1 : 0))
      #expect((report.metrics["sampling/logp_difference_max"] == 0) == (name == "num_tokens"))
      #expect(report.collected.rollouts.isEmpty == (name == "num_tokens/given"))
    }
  }

  /// Rows of a file are read on, whatever steps sampled between them.
  @Test func rowsAreReadInOrder() throws {
    let bench = try Workbench()
    let rows = (0..<12).map {
      #"{"prompt": "emit a*2:", "completion": "\#("abcd".map(String.init)[$0 % 4])\n"}"#
    }
    try bench.write(rows.joined(separator: "\n") + "\n", to: "rows.jsonl")
    var lessons = try Lessons(
      ["lambda": 0.5, "data": "rows.jsonl", "prompts_per_step": 4], bench: bench)
    var read: [[Int32]] = []
    var given = 0
    for _ in 0..<12 {
      let report = try lessons.trainer.advance()
      guard report.metrics["on_policy"] == 0 else { continue }
      given += 1
      read += report.collected.experience.map { $0.completions[0].tokens }
      if given == 3 { break }
    }
    // One epoch: each row once, and so each of the four completions three times.
    #expect(given == 3 && read.count == 12)
    #expect(Set(Dictionary(grouping: read) { $0 }.values.map(\.count)) == [3])
  }

  /// A task reward alone, of a teacher that is the student, is GRPO's gradient without its clip.
  @Test func theRewardIsComparedWithinAProblem() throws {
    var lessons = try Lessons(["reward_weight": 2], bench: Workbench())
    let report = try lessons.trainer.advance()
    for (lesson, group) in zip(report.collected.experience, report.collected.rollouts) {
      let expected = groupRelativeAdvantages(group.rollouts.map(\.reward), AdvantageRule())
      for (completion, advantage) in zip(lesson.completions, expected) {
        #expect(completion.advantages == Array(repeating: 2 * advantage, count: completion.length))
      }
    }
    #expect(report.metrics["policy_loss"] != nil && report.metrics["distill_loss"] != nil)
  }

  @Test func theFormulaSaysWhatIsMinimized() throws {
    func formula(_ keys: JSON) throws -> String {
      Distill.formula(try read(DistillConfig.self, from: keys))
    }
    #expect(try formula([:]) == "L = Σ 1/N · KL(π‖π_T), over completions sampled by π")
    #expect(
      try formula([
        "divergence": ["type": "jsd", "beta": 0.25, "top_k": 4], "lambda": 0.5,
        "data": "demonstrations", "temperature": 2, "temperature_squared": true,
      ])
        == "L = Σ 1/N · 4.0·JSD_0.25(π, π_T)/(β(1 - β)) over the teacher's top 4 tokens and one for "
        + "the rest, over completions sampled by π in 0.5 of the steps, else from demonstrations, π "
        + "at temperature 2.0, π_T at 2.0")
  }

  @Test(
    arguments: [
      (["data": "demonstrations"], "data"),
      (["lambda": 0.5, "divergence": ["type": "sampled"]], "lambda"),
      (["scale_rewards": "group"], "scale_rewards"),
      (["reward_weight": 1, "num_generations": 1], "num_generations"),
      (["reward_weight": 1, "lambda": 0], "reward_weight"),
      (["temperature_squared": true], "temperature_squared"),
      (["lambda": 0, "data": "demonstrations", "num_generations": 5], "num_generations"),
      (
        ["lambda": 0, "data": "demonstrations", "max_completion_length": 5], "max_completion_length"
      ),
      (["lambda": 0, "data": "x.jsonl", "curriculum": ["type": "hard"]], "curriculum"),
      (["updates_per_collection": 5], "updates_per_collection"),
      (["divergence": ["top_k": 400]], "divergence.top_k"),
      (["divergence": ["type": "soft_labels", "top_k": 4]], "divergence.top_k"),
      (["divergence": ["beta": 0.5]], "divergence.beta"),
    ] as [(JSON, String)])
  func whatIsNotReadIsRefused(_ keys: JSON, _ path: String) throws {
    let stage = (["type": "distill"] as JSON).merging(keys)
    let errors = try #require(throws: ConfigErrors.self) {
      try Workbench().setup(Workbench.config(stage))
    }
    #expect(errors.errors.map(\.path) == ["stages.stage.\(path)"], "\(errors)")
  }
}
