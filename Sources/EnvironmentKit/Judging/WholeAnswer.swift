import Configuration

/// The whole completion is the answer, without white space at its ends.
public struct WholeAnswer: AnswerExtractor {
  public static let name = "whole"
  public static let takesWholeText = true

  public struct Config: ConfigBlock {
    public var maxBytes = 256
    public init() {}
    public static let keys = [KeyDescription.maxBytes]
  }

  private let config: Config

  public init(_ config: Config) { self.config = config }

  public func answer(in completion: ArraySlice<UInt8>) -> Extraction {
    var candidates = Candidates()
    candidates.add(completion)
    return candidates.pick(.only, maximumBytes: config.maxBytes)
  }
}
