import Configuration

/// Anything whose state a checkpoint must hold.
public protocol Stateful {
  associatedtype State: Codable & Sendable
  var state: State { get set }
}

extension Stateful {
  /// The state as a checkpoint writes it; works on `any Stateful`.
  public func encodedState() throws(ConfigError) -> JSON { try JSON(encoding: state) }

  /// Continues from what `encodedState` wrote, bit for bit.
  public mutating func restore(_ json: JSON) throws(ConfigError) {
    state = try json.decode(State.self)
  }
}

/// The state of what has none.
public struct NoState: Codable, Sendable, Equatable {
  public init() {}
}

extension Stateful {
  /// `encodedState` of a part whose state is numbers and texts of ours, which cannot fail.
  public var storedState: JSON { (try? encodedState()) ?? .null }

  /// `restore` of what a checkpoint of the same configuration holds, which fits.
  public mutating func resume(from stored: JSON) {
    do { try restore(stored) } catch { preconditionFailure("\(Self.self): \(error)") }
  }
}
