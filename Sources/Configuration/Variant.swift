/// The components that a `{"type": NAME, …}` may choose from.
public protocol VariantCatalog: Sendable {
  static var entries: [(name: String, block: any ConfigBlock.Type)] { get }
  /// The name of the component when nothing is said.
  static var standard: String { get }
}

/// A choice of one component and its keys: `{"type": "adamw", "learning_rate": 1e-3}`.
///
/// The user's keys stand over the parent's default where it is of the same type, else over the
/// chosen block's own defaults; without `type` the parent's default chooses.
public struct Variant<Catalog: VariantCatalog>: Sendable {
  /// The chosen entry's name.
  public let type: String
  public let block: any ConfigBlock

  /// The catalog's standard entry with its defaults.
  public init() { self.init(Catalog.standard) }

  /// The named entry with its defaults; the catalog must have it.
  public init(_ name: String) {
    guard let entry = Self.entry(name) else {
      preconditionFailure("Variant<\(Catalog.self)>: no entry \"\(name)\"")
    }
    (type, block) = (entry.name, entry.block.init())
  }

  /// The entry `name` with these keys; the block's type must be the entry's.
  public init(_ name: String, _ block: any ConfigBlock) {
    precondition(
      Self.entry(name)?.block == Swift.type(of: block),
      "Variant<\(Catalog.self)>: \(Swift.type(of: block)) is not the block of \"\(name)\"")
    (type, self.block) = (name, block)
  }

  static func entry(_ name: String) -> (name: String, block: any ConfigBlock.Type)? {
    Catalog.entries.first { $0.name.hasSameBytes(as: name) }
  }
}

extension Variant: Codable, DirectlyEncoded, DirectlyDecoded {
  func encoded(at path: JSONPath) throws -> JSON {
    let keys = try encodeJSON(block, at: path).members ?? []
    return JSON(members: [("type", JSON(type))] + keys.map { ($0.key, $0.value) })
  }

  static func decoded(from json: JSON, at path: JSONPath) throws -> Variant {
    guard json.members != nil else { throw mismatch("an object", json, path) }
    let choice = json["type"] ?? JSON(Catalog.standard)
    guard let entry = choice.string.flatMap(entry) else {
      throw mismatch("one of \(names.joined(separator: "|"))", choice, .key(path, "type"))
    }
    return Variant(entry.name, try decodeJSON(entry.block, from: json, at: path))
  }

  public init(from decoder: any Decoder) throws {
    self = try .decoded(from: try JSON(from: decoder), at: .top)
  }

  public func encode(to encoder: any Encoder) throws {
    try encoded(at: .top).encode(to: encoder)
  }

  static var names: [String] { Catalog.entries.map(\.name) }
}

extension Variant: StrictlyRead {
  static func read(
    _ json: JSON, at path: JSONPath, over base: JSON?, range: String, in reading: ConfigReading
  ) -> Variant? {
    guard json.members != nil else {
      let example = json.string ?? base?["type"]?.string ?? Catalog.standard
      reading.report(
        expected: "an object such as {\"type\": \(JSON(example).text())}", json, at: path)
      return nil
    }
    let standing = base?["type"] ?? JSON(Catalog.standard)
    let choice = json["type"] ?? standing
    guard let entry = choice.string.flatMap(entry) else {
      reading.report(
        expected: "one of \(names.joined(separator: "|"))", choice, at: .key(path, "type"),
        options: names)
      return nil
    }
    reading.noteOrigin(of: json["type"] ?? json, at: .key(path, "type"))
    return read(entry, json, at: path, over: choice == standing ? base : nil, in: reading)
  }

  private static func read(
    _ entry: (name: String, block: any ConfigBlock.Type), _ json: JSON, at path: JSONPath,
    over base: JSON?, in reading: ConfigReading
  ) -> Variant? {
    func open<Block: ConfigBlock>(_ type: Block.Type) -> Block? {
      let defaults = base.flatMap { try? $0.decode(type) } ?? Block()
      return reading.block(type, from: json, at: path, defaults: defaults, choice: "type")
    }
    return open(entry.block).map { Variant(entry.name, $0) }
  }
}
