import Configuration

/// The fraction of emitted bytes that are the gold answer's one byte: a dense, known optimum.
///
/// With `n` gold bytes, `m` emitted and `k` of them right: `min(k, n) / max(m, n)`. The expected
/// credit of a policy that emits `n` bytes with probability `p` of the right one is `p`; 1 is
/// reached only by the gold answer itself.
public struct CountVerifier: AnswerVerifier {
  public static let name = "count"

  public struct Config: ConfigBlock {
    public init() {}
    public static let keys: [KeyDescription] = []
  }

  public init(_ config: Config) {}

  public func canonical(_ answer: ArraySlice<UInt8>) -> [UInt8]? { Array(answer) }

  public func grade(_ answer: ArraySlice<UInt8>, against gold: [UInt8]) -> Grade {
    guard let target = gold.first, gold.allSatisfy({ $0 == target }) else { return .undecidable }
    if answer.elementsEqual(gold) { return .right }
    let count = answer.reduce(0) { $1 == target ? $0 + 1 : $0 }
    return .wrong(credit: Double(min(count, gold.count)) / Double(max(answer.count, gold.count)))
  }
}
