import LanguageModels
import NeuralNetworks

/// The models of a run: architectures and weights by role.
public struct Models: Sendable {
  public var architectures: [Role: Architecture]
  public var weights: Weights

  public init(architectures: [Role: Architecture] = [:], weights: Weights = Weights()) {
    (self.architectures, self.weights) = (architectures, weights)
  }

  /// Binds every role once.
  public func bound() throws(ParameterError) -> BoundModels {
    var models: [Role: any LanguageModel] = [:]
    for role in weights.roles {
      guard let architecture = architectures[role], let parameters = weights[role] else { continue }
      models[role] = try architecture.model(parameters)
    }
    return BoundModels(models: models)
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
