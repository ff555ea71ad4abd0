import Configuration
import NeuralNetworks

/// The models of the roles beside the policy.
public struct RoleModels: ConfigBlock {
  public var reference: WordOr<CheckpointModel> = "initial"
  public var value: WordOr<CheckpointModel> = "policy"
  public var reward: WordOr<RoleSource> = "none"
  public var teacher: WordOr<RoleSource> = "none"
  public init() {}

  public static let keys = [
    KeyDescription(
      "reference", "what KL terms compare with: the stage's first policy, or a checkpoint",
      "initial"),
    KeyDescription(
      "value", "what a value function begins as: the policy's trunk, or a checkpoint", "policy"),
    KeyDescription("reward", "the reward model: what a stage trained, or a checkpoint", "none"),
    KeyDescription("teacher", "who is learned from: what a stage trained, or a checkpoint", "none"),
  ]

  /// The checkpoints that are named, by role, and under which key.
  var checkpoints: [(role: Role, key: String, path: String)] {
    let blocks: [(Role, String?)] = [
      (.reference, reference.block?.checkpoint), (.value, value.block?.checkpoint),
      (.reward, reward.block?.checkpoint), (.teacher, teacher.block?.checkpoint),
    ]
    return blocks.compactMap { role, path in
      guard let path, !path.isEmpty else { return nil }
      return (role, "models.\(role.rawValue)", path)
    }
  }

  /// The stages that make a role's model, by role.
  var stages: [Role: String] {
    [Role.reward: reward, .teacher: teacher].compactMapValues { source in
      source.block.flatMap { $0.stage.isEmpty ? nil : $0.stage }
    }
  }
}

/// Where a role's model comes from: a stage of this run, or a run, checkpoint or directory.
public struct RoleSource: ConfigBlock {
  public var stage = ""
  public var checkpoint = ""
  public init() {}

  public static let keys = [
    KeyDescription("stage", "the earlier stage that trains it"),
    KeyDescription("checkpoint", "a run, a checkpoint or a Hugging Face directory"),
  ]

  public func validate() throws(ConfigError) {
    guard stage.isEmpty == checkpoint.isEmpty else { return }
    throw ConfigError(
      path: "stage",
      reason: "expected either a \"stage\" or a \"checkpoint\", found "
        + (stage.isEmpty ? "neither" : "both"))
  }
}
