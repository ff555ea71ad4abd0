import Configuration
import EnvironmentKit
import Environments
import Foundation
import LanguageModels
import NeuralNetworks
import Platform
import PostTraining

struct EvalCommand: Command {
  static let help = CommandHelp(
    examples: [
      "rl eval --checkpoint runs/grpo-arith",
      "rl eval --checkpoint runs/grpo-arith --split test --json",
      "rl eval --checkpoint DIR --environment sort.json --samples 8 --temperature 1",
      "rl eval --checkpoint runs/grpo-arith --search majority --n 16",
    ],
    options: [
      Option("--checkpoint", value: "RUN|DIR", "a run, checkpoint or Hugging Face directory"),
      Option("--environment", value: "ENVIRONMENT", "what to ask; else the checkpoint's own"),
      Option("--split", value: "eval|test|train", "whose problems; eval when left out"),
      Option("--episodes", value: "N", "distinct problems; 0, when left out: 2000"),
      Option("--samples", value: "K", "completions of each; 1 when left out"),
      Option(
        "--search", value: "best_of_n|majority|beam", "one answer out of several, at their cost"),
      Option("--n", value: "N", "samples of a search, or its beam's width; 8"),
      Option("--reward", value: "RUN|DIR", "best_of_n: the reward model that decides"),
      Option("--length-penalty", value: "P", "best_of_n, beam: Σ log p / tokens^P; 0"),
      Option("--temperature", value: "T", "0 when left out, and 1 with several samples"),
      Option("--top-k", value: "N", "keep this many tokens"),
      Option("--top-p", value: "P", "keep the fewest tokens that hold this much"),
      Option("--min-p", value: "P", "drop tokens below this share of the best"),
      Option("--seed", value: "S", "of the draws; 0 when left out"),
      Option("--threads", value: "N", "0, or left out: all cores; alters no figure"),
    ])

  static func run(_ arguments: Arguments, on console: Console) throws -> ExitCode {
    useThreads(try arguments.integer("--threads") ?? 0)
    let loaded = try LoadedModel(try arguments.required("--checkpoint"))
    for warning in loaded.warnings { console.detail(warning) }
    let environment = try environment(arguments, loaded)
    let request = try request(arguments)
    let model = try loaded.architecture.model(loaded.parameters)
    let evaluation = try Evaluator(
      request, environment: environment, tokenizer: loaded.tokenizer,
      maximumLength: model.maximumLength
    ).evaluate(model, scoring: try scoring(arguments, loaded))
    if let trained = loaded.environmentFingerprint, trained != environment.fingerprint {
      console.narrate(
        "note: the checkpoint was trained on another environment or another version of it")
    }
    let json = evaluation.json
    if console.isJSON {
      console.output([
        "environments": JSON(members: [(environment.name, json)]), "checkpoint": JSON(loaded.path),
        "seed": JSON(request.seed),
      ])
      return .success
    }
    for level in json["levels"]?.members ?? [] where (json["levels"]?.members?.count ?? 0) > 1 {
      console.show("  " + successLine(level.key, level.value))
    }
    console.show(
      successLine("\(environment.name) \(request.split.rawValue)", json["total"] ?? .null))
    if let cost = costLine(request, json["total"] ?? .null) { console.show(cost) }
    return .success
  }

  private static func environment(
    _ arguments: Arguments, _ loaded: LoadedModel
  ) throws -> Environment {
    if let name = arguments.value("--environment") {
      let path = try folders.locate(name, .environments)
      return try Environment(contentsOfFile: path, catalog: BuiltinFamilies.all)
    }
    guard let json = loaded.environment else {
      throw Failure.usage("--environment is missing: \(loaded.path) does not name one")
    }
    return try Environment(json, catalog: BuiltinFamilies.all)
  }

  /// What several completions of a problem, or a search among them, took.
  private static func costLine(_ request: EvaluationRequest, _ figures: JSON) -> String? {
    guard request.samples > 1 || request.search.method != .none else { return nil }
    func number(_ key: String) -> String {
      String(format: "%.1f", figures[key]?.double ?? 0)
    }
    let what = request.search.method == .none ? "samples" : request.search.method.rawValue
    return "\(what) of \(request.samples): \(number("tokens_per_item")) tokens chosen and "
      + "\(number("rows_per_item")) rows run a problem"
  }

  private static func search(_ arguments: Arguments) throws -> Search {
    let method = try arguments.choice("--search", of: Search.Method.self) ?? .none
    let unread: [String] =
      switch method {
      case .none: ["--n", "--length-penalty", "--reward"]
      case .bestOfN:
        arguments.value("--reward") == nil ? ["--samples"] : ["--samples", "--length-penalty"]
      case .majority: ["--samples", "--length-penalty", "--reward"]
      case .beam:
        ["--samples", "--reward", "--temperature", "--top-k", "--top-p", "--min-p", "--seed"]
      }
    if let option = unread.first(where: { arguments.value($0) != nil }) {
      let place = method == .none ? "without --search" : "with --search \(method.rawValue)"
      throw Failure.usage("\(option) is not read \(place)")
    }
    return Search(method, lengthPenalty: try arguments.number("--length-penalty", in: 0...10) ?? 0)
  }

  /// What the reward model says, which must read the policy's tokens; `nil` where none is named.
  private static func scoring(
    _ arguments: Arguments, _ policy: LoadedModel
  ) throws -> RolloutScoring? {
    guard let source = arguments.value("--reward") else { return nil }
    let reward = try LoadedModel(source, as: .reward)
    if let id = policy.tokenizer.firstDifference(from: reward.tokenizer) {
      throw Failure.usage("--reward: \(reward.path) has another tokenizer: token id \(id) differs")
    }
    return rewardScoring(by: try reward.architecture.model(reward.parameters))
  }

  private static func request(_ arguments: Arguments) throws -> EvaluationRequest {
    let search = try search(arguments)
    let samples =
      search.method == .none
      ? try arguments.integer("--samples", in: 1 ... .max) ?? 1
      : try arguments.integer("--n", in: 1...1024) ?? 8
    var sampling = SamplingConfig()
    sampling.temperature = try arguments.number("--temperature") ?? (samples > 1 ? 1 : 0)
    sampling.topK = try arguments.integer("--top-k") ?? 0
    sampling.topP = try arguments.number("--top-p", in: 0...1) ?? 1
    sampling.minP = try arguments.number("--min-p", in: 0...1) ?? 0
    if samples > 1 && sampling.isGreedy {
      throw Failure.usage("\(samples) samples: at temperature 0 all samples are equal")
    }
    return EvaluationRequest(
      split: try arguments.choice("--split", of: Split.self) ?? .eval,
      episodes: try arguments.integer("--episodes") ?? 0, samples: samples, sampling: sampling,
      search: search, seed: try arguments.integer("--seed") ?? 0)
  }
}
