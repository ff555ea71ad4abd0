import LanguageModels
import NeuralNetworks

/// The models of a run: architectures and weights by role.
public struct Models: Sendable {
  public var architectures: [Role: Architecture]
  public var weights: Weights
  /// Roles that run on the policy's weights, but for those that they have themselves: the policy
  /// as a stage found it, where only an adapter moves. Its base is not there twice.
  public var onPolicy: Set<Role> = []

  public init(architectures: [Role: Architecture] = [:], weights: Weights = Weights()) {
    (self.architectures, self.weights) = (architectures, weights)
  }

  /// Binds every role once.
  public func bound() throws(ParameterError) -> BoundModels {
    var models: [Role: any LanguageModel] = [:]
    for (role, architecture) in architectures {
      if let parameters = parameters(of: role) {
        models[role] = try architecture.model(parameters)
      }
    }
    return BoundModels(models: models)
  }

  private func parameters(of role: Role) -> Parameters? {
    guard onPolicy.contains(role), let shared = weights[.policy] else { return weights[role] }
    return weights[role].map { shared.overlaid(by: $0) } ?? shared
  }

  /// The same models on other weights.
  func with(_ weights: Weights) -> Models {
    var models = self
    models.weights = weights
    return models
  }

  /// What of a role's model moves when it is trained.
  func trainable(_ role: Role) -> Trainable {
    architectures[role]?.adapter == nil ? .all : .adapters
  }
}

/// Models on their weights, ready to run.
public struct BoundModels: Sendable {
  fileprivate var models: [Role: any LanguageModel]

  /// The role's model; a stage is only started when its roles are filled.
  public subscript(role: Role) -> any LanguageModel {
    guard let model = models[role] else {
      preconditionFailure("BoundModels: no model in the role \(role.rawValue)")
    }
    return model
  }

  public func has(_ role: Role) -> Bool { models[role] != nil }
}
