/// The models of a run by what they are for; `initial` is what diagnostics compare the policy with.
public enum Role: String, CaseIterable, Codable, Sendable {
  case policy, value, reward, reference, teacher, initial
}

/// The weights of each role: what a step trains, a gradient, an optimizer's moments.
public struct Weights: Sendable {
  private var byRole: [Role: Parameters] = [:]

  public init() {}

  public subscript(role: Role) -> Parameters? {
    get { byRole[role] }
    _modify {
      var parameters = byRole.removeValue(forKey: role)
      defer { byRole[role] = parameters }
      yield &parameters
    }
  }

  /// Changes a role's weights in place, where it has any.
  public mutating func modify(_ role: Role, _ body: (inout Parameters) -> Void) {
    guard var parameters = byRole.removeValue(forKey: role) else { return }
    body(&parameters)
    byRole[role] = parameters
  }

  /// The roles that have weights, in the order of `Role`.
  public var roles: [Role] { Role.allCases.filter { byRole[$0] != nil } }
}
