/// A piece of a conversation and who says it.
public struct Message: Codable, Sendable {
  public enum Role: String, Codable, Sendable { case system, user, assistant, tool }

  public var role: Role
  public var text: String

  public init(_ role: Role, _ text: String) {
    (self.role, self.text) = (role, text)
  }
}
