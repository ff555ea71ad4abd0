import Configuration

/// One token per byte, so every text has ids: byte-level BPE before its first merge.
public struct ByteTokenizer: Tokenizer {
  public let specialTokens: SpecialTokens
  public let vocabularySize: Int
  private let ids: [Int32]  // by byte
  private let names: [Int32: [UInt8]]

  /// Byte `b` has id `b`; special tokens follow from 256.
  public init(_ config: ByteTokenizerConfig = ByteTokenizerConfig()) throws(ConfigError) {
    try config.validate()
    self.init(
      ids: Array(0..<256), specialTokens: SpecialTokens(config.names, firstID: 256))
  }

  init(ids: [Int32], specialTokens: SpecialTokens) {
    var names: [Int32: [UInt8]] = [:]
    for (byte, id) in ids.enumerated() { names[id] = [UInt8(byte)] }
    for token in specialTokens.tokens { names[token.id] = Array(token.name.utf8) }
    (self.ids, self.names, self.specialTokens) = (ids, names, specialTokens)
    vocabularySize = Int(names.keys.max() ?? -1) + 1
  }

  public func encode(
    _ text: [UInt8], matchesSpecialTokens: Bool
  ) throws(TokenizerError) -> [Int32] {
    guard matchesSpecialTokens else { return text.map { ids[Int($0)] } }
    return specialTokens.cut(text).flatMap { piece -> [Int32] in
      switch piece {
      case .token(let id): [id]
      case .text(let range): text[range].map { ids[Int($0)] }
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
    let vocabulary = ids.enumerated().sorted { $0.element < $1.element }.map {
      (key: byteAlphabet[$0.offset], value: JSON(Int($0.element)))
    }
    return tokenizerFile(
      specialTokens, preTokenizer: byteLevel, decoder: byteLevel,
      model: [
        "type": "BPE", "dropout": .null, "unk_token": .null,
        "continuing_subword_prefix": .null, "end_of_word_suffix": .null, "fuse_unk": false,
        "byte_fallback": false, "ignore_merges": false, "vocab": JSON(members: vocabulary),
        "merges": [],
      ])
  }
}

let byteLevel: JSON = [
  "type": "ByteLevel", "add_prefix_space": false, "trim_offsets": false, "use_regex": false,
]

/// The printable character that stands for each byte in a byte-level vocabulary.
///
/// Printable Latin-1 stands for itself; the other 68 bytes take U+0100 and what follows, in order.
let byteAlphabet: [String] = {
  let printable: [ClosedRange<UInt32>] = [33...126, 161...172, 174...255]
  var next: UInt32 = 256
  return (0..<256).map { byte -> String in
    var code = UInt32(byte)
    if !printable.contains(where: { $0.contains(code) }) {
      code = next
      next += 1
    }
    return Unicode.Scalar(code).map { String($0) } ?? ""
  }
}()
