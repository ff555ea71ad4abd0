/// A block that was read, with the story of its values.
public struct Resolution<Block: ConfigBlock>: Sendable {
  public let block: Block
  let path: String
  /// The user's keys that differ from the preset they stand beside.
  public let departures: [Departure]
  /// Who wrote each value, by path; defaults are absent.
  public let origins: [String: SourceLocation]

  /// Every key with its final value. Reading it again gives the same block.
  public func json() throws(ConfigError) -> JSON { try JSON(encoding: block) }

  /// Every value in order of declaration with its path and origin, to print one a line.
  public func provenance() throws(ConfigError) -> [Provenance] {
    var list: [Provenance] = []
    describe(try json(), at: .root(path), origin: nil, into: &list)
    return list
  }

  private func describe(
    _ json: JSON, at path: JSONPath, origin: SourceLocation?, into list: inout [Provenance]
  ) {
    let name = path.description
    let origin = origins[name] ?? origin
    if let members = json.members, !members.isEmpty {
      for member in members {
        describe(member.value, at: .key(path, member.key), origin: origin, into: &list)
      }
    } else if let elements = json.array, elements.contains(where: { $0.members != nil }) {
      for (index, element) in elements.enumerated() {
        describe(element, at: .index(path, index), origin: origin, into: &list)
      }
    } else {
      let text = origin?.description ?? ""
      list.append(Provenance(path: name, value: json, origin: text.isEmpty ? "default" : text))
    }
  }
}

/// One value of a resolved configuration and who set it.
public struct Provenance: Sendable, Equatable {
  public var path: String
  public var value: JSON
  /// `default`, `preset NAME`, `file:line:column` or `command line: KEY=VALUE`.
  public var origin: String
}

/// A key that a preset sets and the user sets otherwise.
public struct Departure: Sendable, Equatable, CustomStringConvertible {
  public var path: String
  public var preset: String
  public var expected: JSON
  public var found: JSON

  public var description: String {
    "\(path): preset \(preset) has \(expected.text()), here \(found.text())"
  }
}
