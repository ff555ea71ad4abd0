import Configuration

/// Text to token ids and back, over bytes: Swift's `String` would compare text by canonical form.
public protocol Tokenizer: Sendable {
  /// How many ids there are, special tokens included.
  var vocabularySize: Int { get }
  var specialTokens: SpecialTokens { get }
  /// The ids of `text`, without the tokens that start a sequence.
  ///
  /// Plain text never becomes a special token, unless `matchesSpecialTokens`: then their names in
  /// the text do, as in Hugging Face's tokenizers.
  func encode(
    _ text: [UInt8], matchesSpecialTokens: Bool
  ) throws(TokenizerError) -> [Int32]
  /// The bytes of `ids`; ids beyond the vocabulary have none.
  func decode(_ ids: [Int32], skipsSpecialTokens: Bool) -> [UInt8]
  /// The contents of `tokenizer.json`, which `transformers` opens with the same ids.
  var file: JSON { get }
}

extension Tokenizer {
  public func encode(_ text: [UInt8]) throws(TokenizerError) -> [Int32] {
    try encode(text, matchesSpecialTokens: false)
  }

  public func encode(_ text: String) throws(TokenizerError) -> [Int32] {
    try encode(Array(text.utf8), matchesSpecialTokens: false)
  }

  /// The ids of `text` behind the tokens that start a sequence, if there are any.
  public func encodePrompt(_ text: String) throws(TokenizerError) -> [Int32] {
    specialTokens.prefix + (try encode(text))
  }

  /// The bytes of `ids` without special tokens.
  public func decode(_ ids: [Int32]) -> [UInt8] { decode(ids, skipsSpecialTokens: true) }
}

/// Text that a tokenizer has no ids for; offsets are in bytes.
public enum TokenizerError: Error, Equatable, Sendable, CustomStringConvertible {
  case unknownCharacter(Unicode.Scalar, offset: Int)
  case invalidUTF8(offset: Int)

  public var description: String {
    switch self {
    case .unknownCharacter(let scalar, let offset):
      let code = String(scalar.value, radix: 16, uppercase: true)
      let padded = String(repeating: "0", count: max(0, 4 - code.count)) + code
      return "the tokenizer has no \(JSON(String(scalar)).text()) (U+\(padded), byte \(offset))"
    case .invalidUTF8(let offset): return "the text is not UTF-8 at byte \(offset)"
    }
  }
}
