/// A word or a block: `"all"` or `{"every": 10}`. The key's range lists the words, if they are few.
public enum WordOr<Block: ConfigBlock>: Sendable {
  case word(String)
  case block(Block)

  public var word: String? {
    if case .word(let word) = self { word } else { nil }
  }

  public var block: Block? {
    if case .block(let block) = self { block } else { nil }
  }
}

extension WordOr: ExpressibleByStringLiteral {
  public init(stringLiteral value: String) { self = .word(value) }
}

extension WordOr: Codable, DirectlyEncoded, DirectlyDecoded {
  func encoded(at path: JSONPath) throws -> JSON {
    switch self {
    case .word(let word): JSON(word)
    case .block(let block): try encodeJSON(block, at: path)
    }
  }

  static func decoded(from json: JSON, at path: JSONPath) throws -> WordOr {
    if let word = json.string { return .word(word) }
    return .block(try decodeJSON(Block.self, from: json, at: path))
  }

  public init(from decoder: any Decoder) throws {
    self = try .decoded(from: try JSON(from: decoder), at: .top)
  }

  public func encode(to encoder: any Encoder) throws {
    try encoded(at: .top).encode(to: encoder)
  }
}

extension WordOr: StrictlyRead {
  static func read(
    _ json: JSON, at path: JSONPath, over base: JSON?, range: String, in reading: ConfigReading
  ) -> WordOr? {
    if json.members != nil {
      let base = base?.members == nil ? nil : base
      return reading.value(Block.self, from: json, at: path, over: base, range: "")
        .map { .block($0) }
    }
    return reading.value(String.self, from: json, at: path, over: nil, range: range)
      .map { .word($0) }
  }
}

extension WordOr: SchemaDescribed {
  static func schema(in writing: SchemaWriting, range: String) throws -> JSON {
    let word = try writing.value(String.self, range: range)
    return ["anyOf": [word, try writing.value(Block.self, range: "")]]
  }
}
