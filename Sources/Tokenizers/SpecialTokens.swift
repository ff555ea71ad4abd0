/// The tokens that are no text: their ids, their names and which of them start and end a sequence.
public struct SpecialTokens: Sendable, Equatable {
  /// A token that the file lists beside the model's vocabulary.
  public struct Token: Sendable, Equatable {
    public var id: Int32
    public var name: String
    /// Left out when decoding for readers.
    public var isSpecial = true
  }

  public var tokens: [Token] = []
  public var pad: Int32?
  public var bos: Int32?
  public var eos: Int32?
  /// What every sequence starts with: the BOS token, or nothing.
  public var prefix: [Int32] = []

  /// The named roles get the ids from `firstID` on, in the order pad, eos, bos; empty is off.
  init(_ names: SpecialTokenNames, firstID: Int32) {
    for name in [names.padToken, names.eosToken, names.bosToken] where !name.isEmpty {
      tokens.append(Token(id: firstID + Int32(tokens.count), name: name))
    }
    pad = id(named: names.padToken)
    eos = id(named: names.eosToken)
    bos = id(named: names.bosToken)
    prefix = bos.map { [$0] } ?? []
  }

  init(_ tokens: [Token]) { self.tokens = tokens }

  func id(named name: String) -> Int32? {
    tokens.first { $0.name.utf8.elementsEqual(name.utf8) }?.id
  }

  func name(of id: Int32?) -> String? { tokens.first { $0.id == id }?.name }

  func token(_ id: Int32) -> Token? { tokens.first { $0.id == id } }
}

extension SpecialTokens {
  /// A run of text, or one token that stood in it.
  enum Piece {
    case text(Range<Int>)
    case token(Int32)
  }

  /// Cuts the text at the names of tokens: the leftmost first, there the longest.
  func cut(_ text: [UInt8]) -> [Piece] {
    let names = tokens.map { (bytes: Array($0.name.utf8), id: $0.id) }
      .filter { !$0.bytes.isEmpty }
      .sorted { $0.bytes.count > $1.bytes.count }
    var pieces: [Piece] = []
    var start = 0
    var position = 0
    while position < text.count {
      guard let match = names.first(where: { text[position...].starts(with: $0.bytes) }) else {
        position += 1
        continue
      }
      if start < position { pieces.append(.text(start..<position)) }
      pieces.append(.token(match.id))
      position += match.bytes.count
      start = position
    }
    if start < text.count { pieces.append(.text(start..<text.count)) }
    return pieces
  }
}
