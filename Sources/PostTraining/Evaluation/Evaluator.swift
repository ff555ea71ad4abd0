import Configuration
import EnvironmentKit
import LanguageModels
import Randomness
import Tokenizers

/// What to ask a model, and how it answers: evaluation has its own decoding and its own seed.
public struct EvaluationRequest: Sendable {
  public var split: Split
  /// Distinct problems; 0 is all there are, at most `Evaluator.mostProblems`.
  public var episodes: Int
  public var samples: Int
  public var sampling: SamplingConfig
  public var search: Search
  public var seed: Int

  public init(
    split: Split, episodes: Int = 0, samples: Int = 1, sampling: SamplingConfig = .greedy,
    search: Search = Search(), seed: Int = 0
  ) {
    (self.split, self.episodes, self.samples) = (split, episodes, samples)
    (self.sampling, self.search, self.seed) = (sampling, search, seed)
  }
}

/// Asks a fixed list of distinct problems. Training neither sees nor feels it.
public struct Evaluator: Sendable {
  /// What "all" stops at: a word task has millions of problems, and this many leave 95 % ± 0.01.
  public static let mostProblems = 2000
  /// Completions whose caches are held together; no figure depends on it.
  private static let atOnce = 1024
  private let context: TrainingContext
  private let request: EvaluationRequest
  private let items: [Choice]
  private let collector: RolloutCollector

  /// The problems are listed once; an empty list is an error naming the split.
  public init(
    _ request: EvaluationRequest, environment: Environment, tokenizer: any Tokenizer,
    maximumLength: Int
  ) throws {
    self.request = request
    context = TrainingContext(
      environment: environment, tokenizer: tokenizer,
      random: RandomStream(seed: UInt64(request.seed)).split("evaluation"),
      maximumLength: maximumLength)
    items = environment.distinctItems(
      levels: Array(environment.levels.indices), split: request.split,
      atMost: request.episodes > 0 ? request.episodes : Self.mostProblems)
    guard !items.isEmpty else {
      throw ConfigError(
        path: "environment", reason: "\(environment.name) has no \(request.split.rawValue) problem")
    }
    for item in items { _ = try context.prompt(of: item) }
    if request.search.method == .beam {
      let beam = BeamSearch(
        width: request.samples, lengthPenalty: request.search.lengthPenalty,
        maximumTokens: environment.maxNewTokens, stop: try context.stopRule())
      collector = RolloutCollector(context, decoder: beam, generations: 1)
    } else {
      collector = try RolloutCollector(
        context, settings: request.sampling, maximumTokens: environment.maxNewTokens,
        generations: request.samples)
    }
  }

  /// `scoring` is what best-of-n goes by; without it, the model's own log-probabilities.
  public func evaluate(
    _ model: any LanguageModel, scoring: RolloutScoring? = nil
  ) throws -> Evaluation {
    let choices = items.enumerated().map { (index: $0, choice: $1) }
    let size = max(1, Self.atOnce / request.samples)
    var groups: [RolloutGroup] = []
    for start in stride(from: 0, to: choices.count, by: size) {
      let part = choices[start..<min(start + size, choices.count)]
      for var group in try collector.play(Array(part), with: model) {
        try request.search.choose(in: &group, context, scoring)
        groups.append(group)
      }
    }
    return Evaluation(groups, in: context, request: request)
  }
}
