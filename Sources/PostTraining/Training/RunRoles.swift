import Configuration
import LanguageModels
import NeuralNetworks
import Randomness
import Tokenizers

/// Who plays which role: where each model beside the policy comes from, stage by stage.
public struct RunRoles: Sendable {
  /// What each stage asks for.
  struct Cast: Sendable {
    /// Roles that it reads or trains beside the policy, diagnostics' own among them.
    var roles: Set<Role>
    /// Roles whose weights it moves.
    var trained: Set<Role>
    var policyOutput: ModelOutput
    /// The role that keeps the policy as the stage finds it, for diagnostics; `nil` without them.
    var initial: Role?
  }

  let casts: [Cast]
  /// The architecture of the policy, and of what is made from it.
  private let policy: Architecture
  private let loaded: [Role: LoadedModel]
  /// The models that earlier stages make.
  private let makers: [Role: String]
  private let names: [String]

  init(_ config: RunConfig, policy: Architecture, loaded: [Role: LoadedModel]) {
    (self.policy, self.loaded) = (policy, loaded)
    makers = config.models.stages
    names = config.stages.entries.map(\.key)
    casts = config.stages.values.map {
      Self.cast(
        $0, diagnoses: config.diagnostics.every > 0, namesReference: loaded[.reference] != nil)
    }
  }

  private static func cast(
    _ variant: Variant<AlgorithmCatalog>, diagnoses: Bool, namesReference: Bool
  ) -> Cast {
    func open<Method: Algorithm>(_ type: Method.Type) -> Cast {
      guard let config = variant.stage as? Method.Config else {
        preconditionFailure("\(variant.type): \(variant.stage) is not \(Method.Config.self)")
      }
      let required = type.requiredRoles(config)
      let trained = Set(config.optimizers.keys)
      var initial: Role?
      if diagnoses && trained.contains(.policy) {
        // Where the reference is the stage's first policy too, one copy serves both.
        initial = required.contains(.reference) && !namesReference ? .reference : .initial
      }
      var roles = required.union(trained).subtracting([.policy])
      if let initial { roles.insert(initial) }
      return Cast(
        roles: roles, trained: trained, policyOutput: type.policyOutput(config), initial: initial)
    }
    return open(variant.algorithm)
  }

  /// Fills the roles of stage `index` from what the last stage left, and drops what nobody reads.
  ///
  /// `resumed` are models in the middle of the stage: what is there stays. New heads are drawn
  /// from `random`.
  func provide(
    _ models: inout Models, forStage index: Int, resumed: Bool, from random: RandomStream
  ) throws {
    let cast = casts[index]
    try give(.policy, &models, policy.with(cast.policyOutput), models.weights[.policy], random)
    for role in Role.allCases where role != .policy {
      let isThere = models.weights[role] != nil
      models.onPolicy.remove(role)
      if cast.roles.contains(role) && sharesBase(role) {
        giveFrozenPolicy(role, &models, resumed: resumed)
      } else if resumed && isThere && cast.roles.contains(role) {
        models.architectures[role] = architecture(of: role)
      } else if isMade(role, before: index) && isReadFrom(index, role) {
        models.architectures[role] = architecture(of: role)
      } else if !cast.roles.contains(role) {
        (models.architectures[role], models.weights[role]) = (nil, nil)
      } else if let named = loaded[role] {
        let output = architecture(of: role)
        try give(role, &models, output, named.parameters, random)
      } else {
        try give(role, &models, architecture(of: role), models.weights[.policy], random)
      }
    }
  }

  /// A model on `weights`, completed by fresh heads where they have none.
  private func give(
    _ role: Role, _ models: inout Models, _ architecture: Architecture, _ weights: Parameters?,
    _ random: RandomStream
  ) throws {
    models.architectures[role] = architecture
    models.weights[role] = try weights.map {
      try architecture.weights(from: $0, completedFrom: random.split(role.rawValue))
    }
  }

  /// Whether the role is the policy as a stage finds it, and differs from it by an adapter alone.
  func sharesBase(_ role: Role) -> Bool {
    policy.adapter != nil && loaded[role] == nil && [.reference, .initial].contains(role)
  }

  /// A copy of the policy's adapter on the policy's base, which never moves; where the adapter is
  /// 0 still, the policy with its adapter off, and no copy.
  private func giveFrozenPolicy(_ role: Role, _ models: inout Models, resumed: Bool) {
    if !resumed {
      models.weights[role] = models.weights[.policy].flatMap {
        $0.areAdaptersZero ? nil : $0.adapters
      }
    }
    let adapted = architecture(of: role)
    models.architectures[role] = models.weights[role] == nil ? adapted.withoutAdapter : adapted
    models.onPolicy.insert(role)
  }

  private func architecture(of role: Role) -> Architecture {
    let base = loaded[role]?.architecture ?? policy
    return switch role {
    case .value, .reward: base.with(.score)
    case .policy, .reference, .teacher, .initial: base.with(.logits)
    }
  }

  private func isMade(_ role: Role, before index: Int) -> Bool {
    makers[role].map { names[..<index].contains($0) } ?? false
  }

  private func isReadFrom(_ index: Int, _ role: Role) -> Bool {
    casts[index...].contains { $0.roles.contains(role) }
  }
}

extension RunRoles {
  /// What is wrong with the roles that a configuration names, and under which key.
  static func problems(
    _ config: RunConfig, policy: Architecture, tokenizer: any Tokenizer,
    loaded: [Role: LoadedModel]
  ) -> (path: String, reason: String)? {
    let roles = RunRoles(config, policy: policy, loaded: loaded)
    for (role, model) in loaded.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
      let key = "models.\(role.rawValue)"
      if !roles.casts.contains(where: { $0.roles.contains(role) }) {
        let reason = role == .reference ? ": none has a divergence from it" : ""
        return (key, "no stage reads it\(reason)")
      }
      if model.architecture.vocabularySize != policy.vocabularySize {
        return (
          key,
          "\(model.path) has \(model.architecture.vocabularySize) token ids, the policy "
            + "\(policy.vocabularySize)"
        )
      }
      if model.architecture.maximumLength < policy.maximumLength {
        return (
          key,
          "\(model.path) has \(model.architecture.maximumLength) positions, the policy "
            + "\(policy.maximumLength)"
        )
      }
      if let id = tokenizer.firstDifference(from: model.tokenizer) {
        return (key, "\(model.path) has another tokenizer than the policy: token id \(id) differs")
      }
    }
    for (role, stage) in roles.makers {
      let key = "models.\(role.rawValue).stage"
      guard let made = roles.names.firstIndex(of: stage) else {
        let near = nearest(to: stage, among: roles.names).map { "; did you mean \"\($0)\"?" } ?? ""
        return (key, "there is no stage \"\(stage)\"\(near)")
      }
      if !roles.casts[made].trained.contains(role) {
        return (key, "the stage \"\(stage)\" trains no model in the role \(role.rawValue)")
      }
      if !roles.casts[(made + 1)...].contains(where: { $0.roles.contains(role) }) {
        return (key, "no stage after \"\(stage)\" reads it")
      }
    }
    for (index, cast) in roles.casts.enumerated() {
      for role in [Role.reward, .teacher]
      where cast.roles.contains(role) && !cast.trained.contains(role) && loaded[role] == nil
        && !roles.isMade(role, before: index)
      {
        return (
          "models.\(role.rawValue)",
          "the stage \"\(roles.names[index])\" reads it: expected {\"checkpoint\": …} or "
            + "{\"stage\": …}, an earlier stage that trains it"
        )
      }
    }
    return nil
  }
}

extension Tokenizer {
  /// The first id that stands for other bytes in `other`, special tokens by name; `nil` if none.
  public func firstDifference(from other: any Tokenizer) -> Int32? {
    (0..<Int32(max(vocabularySize, other.vocabularySize))).first { id in
      decode([id], skipsSpecialTokens: false) != other.decode([id], skipsSpecialTokens: false)
    }
  }
}
