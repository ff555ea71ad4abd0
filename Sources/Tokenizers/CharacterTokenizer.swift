import Configuration

/// One token per Unicode scalar of a fixed alphabet: a word-level vocabulary of single characters.
public struct CharacterTokenizer: Tokenizer {
  public let specialTokens: SpecialTokens
  public let vocabularySize: Int
  private let ids: [Unicode.Scalar: Int32]
  private let names: [Int32: [UInt8]]
  /// What stands for characters outside the alphabet; without it they are an error.
  private let unknown: (id: Int32?, name: String)
  /// Several line ends in a row are one word, as where the file splits by `.`; it is unknown.
  private let joinsLineEnds: Bool

  /// Special tokens first, then the characters in the order given.
  public init(_ config: CharacterTokenizerConfig) throws(ConfigError) {
    try config.validate()
    let special = SpecialTokens(config.names, firstID: 0)
    let first = Int32(special.tokens.count)
    var words = special.tokens.map { (name: $0.name, id: $0.id) }
    for (index, scalar) in config.characters.unicodeScalars.enumerated() {
      words.append((String(scalar), first + Int32(index)))
    }
    self.init(words: words, specialTokens: special, unknownName: "<unk>")
  }

  /// `words` must be single scalars or names of special tokens.
  init(
    words: [(name: String, id: Int32)], specialTokens: SpecialTokens, unknownName: String,
    joinsLineEnds: Bool = false
  ) {
    var ids: [Unicode.Scalar: Int32] = [:]
    var names: [Int32: [UInt8]] = [:]
    var unknown: Int32?
    for word in words {
      let scalars = word.name.unicodeScalars
      if let scalar = scalars.first, scalars.count == 1 { ids[scalar] = word.id }
      if word.name.utf8.elementsEqual(unknownName.utf8) { unknown = word.id }
      names[word.id] = Array(word.name.utf8)
    }
    for token in specialTokens.tokens { names[token.id] = Array(token.name.utf8) }
    (self.ids, self.names, self.specialTokens) = (ids, names, specialTokens)
    self.unknown = (unknown, unknownName)
    self.joinsLineEnds = joinsLineEnds
    vocabularySize = Int(names.keys.max() ?? -1) + 1
  }

  public func encode(
    _ text: [UInt8], matchesSpecialTokens: Bool
  ) throws(TokenizerError) -> [Int32] {
    var result: [Int32] = []
    result.reserveCapacity(text.count)
    let pieces = matchesSpecialTokens ? specialTokens.cut(text) : [.text(0..<text.count)]
    for piece in pieces {
      switch piece {
      case .token(let id): result.append(id)
      case .text(let range): try encode(text[range], into: &result)
      }
    }
    return result
  }

  private func encode(
    _ text: ArraySlice<UInt8>, into result: inout [Int32]
  ) throws(TokenizerError) {
    var decoder = UTF8()
    var bytes = text.makeIterator()
    var offset = text.startIndex
    var lineEnds = 0
    while true {
      switch decoder.decode(&bytes) {
      case .emptyInput: return
      case .error: throw .invalidUTF8(offset: offset)
      case .scalarValue(let scalar):
        lineEnds = joinsLineEnds && scalar == "\n" ? lineEnds + 1 : 0
        guard let id = lineEnds > 1 ? unknown.id : ids[scalar] ?? unknown.id else {
          throw .unknownCharacter(scalar, offset: offset)
        }
        if lineEnds > 1 { result.removeLast() }
        result.append(id)
        offset += UTF8.width(scalar)
      }
    }
  }

  public func decode(_ ids: [Int32], skipsSpecialTokens: Bool) -> [UInt8] {
    ids.flatMap { id -> [UInt8] in
      if skipsSpecialTokens, specialTokens.token(id)?.isSpecial == true { return [] }
      return names[id] ?? []
    }
  }

  public var file: JSON {
    let vocabulary = names.sorted { $0.key < $1.key }.map {
      (key: String(decoding: $0.value, as: UTF8.self), value: JSON(Int($0.key)))
    }
    return tokenizerFile(
      specialTokens,
      preTokenizer: joinsLineEnds ? characterSplitInLines : characterSplit,
      decoder: ["type": "Fuse"],
      model: [
        "type": "WordLevel", "vocab": JSON(members: vocabulary),
        "unk_token": JSON(unknown.name),
      ])
  }
}

/// Every scalar alone, line ends included.
let characterSplit = split(by: "[\\s\\S]")

/// Every scalar alone but for line ends, which `.` does not match: what is between stays whole.
let characterSplitInLines = split(by: ".")

private func split(by pattern: String) -> JSON {
  ["type": "Split", "pattern": ["Regex": JSON(pattern)], "behavior": "Isolated", "invert": false]
}
