/// What judging one attempt came to, before any shaping.
public struct Verdict: Codable, Sendable, Equatable {
  /// `nil` when nothing could be said: the rollout is dropped and counted, never scored 0.
  public var score: Double?
  public var isSuccess: Bool
  /// Whether an answer of the expected form was found, right or wrong.
  public var isParsed: Bool
  /// Figures that are reported and never rewarded, such as success under a lenient extractor.
  public var components: [String: Double]
  /// A few fixed words: `right`, `wrong`, `no answer`, `no stop`.
  public var reason: String

  public init(
    score: Double?, isSuccess: Bool, isParsed: Bool, components: [String: Double] = [:],
    reason: String
  ) {
    self.score = score
    self.isSuccess = isSuccess
    self.isParsed = isParsed
    self.components = components
    self.reason = reason
  }
}

extension Verdict {
  private enum CodingKeys: String, CodingKey {
    case score, isSuccess, isParsed, components, reason
  }

  /// Writes a missing score as `null`, so that a log shows it.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(score, forKey: .score)
    try container.encode(isSuccess, forKey: .isSuccess)
    try container.encode(isParsed, forKey: .isParsed)
    try container.encode(components, forKey: .components)
    try container.encode(reason, forKey: .reason)
  }
}
