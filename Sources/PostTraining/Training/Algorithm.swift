import Configuration
import EnvironmentKit
import LanguageModels
import NeuralNetworks
import Objectives
import Randomness
import Tokenizers

/// What an algorithm learns from and what it minimizes. The trainer owns everything else.
public protocol Algorithm: Stateful, Sendable, SendableMetatype {
  associatedtype Config: StageConfig
  associatedtype Experience: Sendable
  associatedtype Batch: Sendable

  static var name: String { get }
  static var metrics: [MetricDefinition] { get }
  /// The formula that this configuration minimizes, for a plan.
  static func formula(_ config: Config) -> String
  /// The roles it reads beside the policy.
  static func requiredRoles(_ config: Config) -> Set<Role>
  /// What the policy must say beside logits.
  static func policyOutput(_ config: Config) -> ModelOutput

  init(_ config: Config, _ context: TrainingContext) throws

  /// Samples rollouts or reads rows. Whatever couples sequences of different micro-batches
  /// (baselines, whitening) is computed here or in `update`, without gradients, as constants.
  mutating func collect(step: Int, with models: BoundModels) throws -> Collected<Experience>
  /// The step's updates one after another, each after the last one's weights; `nil` when done.
  func update(
    _ index: Int, from experience: Experience, with models: BoundModels
  ) throws -> Update<Batch>?
  func objective(on batch: Batch, with models: BoundModels) throws -> Objective
  /// The step's sequences, for diagnostics.
  func probe(_ experience: Experience) -> Probe
  /// A batch as JSON, for whoever has to find out why a step went wrong.
  func dump(_ batch: Batch) -> JSON
  /// What it has to say of held-out data, whenever evaluation is due; training never feels it.
  func evaluate(with models: BoundModels) throws -> Metrics
}

extension Algorithm {
  public static func policyOutput(_ config: Config) -> ModelOutput { .logits }
  public func evaluate(with models: BoundModels) throws -> Metrics { Metrics() }
}

/// What a step learns from, with what is to be said about it.
public struct Collected<Experience: Sendable>: Sendable {
  public var experience: Experience
  public var metrics: Metrics
  /// For the rollout log.
  public var rollouts: [RolloutGroup]
  public var events: [HookEvent]
  /// Whether the stage ends with this step.
  public var endsStage: Bool

  public init(
    _ experience: Experience, metrics: Metrics, rollouts: [RolloutGroup] = [],
    events: [HookEvent] = [], endsStage: Bool = false
  ) {
    (self.experience, self.metrics) = (experience, metrics)
    (self.rollouts, self.events, self.endsStage) = (rollouts, events, endsStage)
  }

  /// What the events have to tell whoever watches.
  var warnings: [String] { events.map(\.warning).filter { !$0.isEmpty } }
}

/// One optimizer update: whose weights move, and micro-batches whose gradients add up in order.
public struct Update<Batch: Sendable>: Sendable {
  public var trains: [Role]
  public var batches: [Batch]

  public init(trains: [Role], batches: [Batch]) { (self.trains, self.batches) = (trains, batches) }
}

/// What every algorithm may draw on. Immutable: what changes is in `state`.
public struct TrainingContext: Sendable {
  public var environment: Environment
  public var tokenizer: any Tokenizer
  /// The stage's own stream: every draw is derived from it by purpose and index.
  public var random: RandomStream
  /// The longest sequence that the policy can take.
  public var maximumLength: Int
  /// Where a file that a stage names is looked for.
  public var files: DataFiles

  public init(
    environment: Environment, tokenizer: any Tokenizer, random: RandomStream, maximumLength: Int,
    files: DataFiles = DataFiles()
  ) {
    (self.environment, self.tokenizer) = (environment, tokenizer)
    (self.random, self.maximumLength, self.files) = (random, maximumLength, files)
  }

  /// The chosen curriculum; an error's path is the stage's.
  func curriculum(
    _ choice: Variant<CurriculumCatalog>
  ) throws(ConfigError) -> any Curriculum {
    do throws(ConfigError) {
      return try choice.curriculum(for: environment)
    } catch {
      throw ConfigError(path: "curriculum.\(error.path)", reason: error.reason)
    }
  }

  /// The tokens that an episode opens with, which must leave room for one more.
  func prompt(of choice: Choice) throws -> [Int32] {
    let opening = environment.episode(for: choice.problem, level: choice.level).opening
    let prompt = try tokenizer.encodePrompt(opening.map(\.text).joined())
    guard !prompt.isEmpty, prompt.count < maximumLength else {
      throw ConfigError(
        path: "environment",
        reason: "\(environment.name): a prompt of \(prompt.count) tokens, \(choice.problem.key), "
          + "leaves no room in the model's \(maximumLength) positions")
    }
    return prompt
  }

  /// Where a completion ends: the environment's stops, and the end-of-sequence token.
  public func stopRule() throws -> StopRule {
    var sequences: [[Int32]] = []
    for stop in environment.stop {
      let ids = try tokenizer.encode(stop)
      // An unknown character has an id too, and would end completions that never said the stop.
      guard tokenizer.decode(ids) == stop else {
        let text = JSON(String(decoding: stop, as: UTF8.self)).text()
        throw ConfigError(
          path: "environment",
          reason: "\(environment.name) stops at \(text), for which the tokenizer has no token: "
            + "expected an environment with that stop left out, which ends with the eos token")
      }
      sequences.append(ids)
    }
    if let eos = tokenizer.specialTokens.eos { sequences.append([eos]) }
    return StopRule(sequences: sequences)
  }

  /// The text of a completion as an environment judges it: without special tokens and the stop.
  public func text(of completion: ArraySlice<Int32>, _ finish: FinishReason) -> [UInt8] {
    var bytes = tokenizer.decode(Array(completion))
    guard finish == .stop else { return bytes }
    for stop in environment.stop where bytes.suffix(stop.count).elementsEqual(stop) {
      bytes.removeLast(stop.count)
      break
    }
    return bytes
  }
}
