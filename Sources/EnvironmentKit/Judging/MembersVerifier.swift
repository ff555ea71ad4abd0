import Configuration

/// The fraction of emitted bytes that occur in the gold answer, in any order: a graded preference.
///
/// With `n` gold bytes, `m` emitted and `k` of them among the gold ones: `min(k, n) / max(m, n)`.
/// Right is every text of `n` such bytes. For a gold answer of one letter this is `count`.
public struct MembersVerifier: AnswerVerifier {
  public static let name = "members"

  public struct Config: ConfigBlock {
    public init() {}
    public static let keys: [KeyDescription] = []
  }

  public init(_ config: Config) {}

  public func canonical(_ answer: ArraySlice<UInt8>) -> [UInt8]? { Array(answer) }

  public func grade(_ answer: ArraySlice<UInt8>, against gold: [UInt8]) -> Grade {
    guard !gold.isEmpty else { return .undecidable }
    let members = Set(gold)
    let count = answer.reduce(0) { members.contains($1) ? $0 + 1 : $0 }
    if count == gold.count && answer.count == gold.count { return .right }
    return .wrong(credit: Double(min(count, gold.count)) / Double(max(answer.count, gold.count)))
  }
}
