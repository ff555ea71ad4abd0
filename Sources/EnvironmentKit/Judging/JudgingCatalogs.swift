import Configuration

/// The extractors a file may name: a new one is its file and its line here.
public enum ExtractorCatalog: VariantCatalog {
  static let types: [any AnswerExtractor.Type] = [
    FirstLine.self,
    WholeAnswer.self,
    TaggedAnswer.self,
    MarkedAnswer.self,
    LastNumber.self,
  ]
  public static let standard = FirstLine.name
  public static var entries: [(name: String, block: any ConfigBlock.Type)] {
    catalogEntries(types)
  }
}

/// The verifiers a file may name.
public enum VerifierCatalog: VariantCatalog {
  static let types: [any AnswerVerifier.Type] = [
    ExactVerifier.self,
    IntegerVerifier.self,
    SequenceVerifier.self,
    MultisetVerifier.self,
    CountVerifier.self,
    MembersVerifier.self,
  ]
  public static let standard = ExactVerifier.name
  public static var entries: [(name: String, block: any ConfigBlock.Type)] {
    catalogEntries(types)
  }
}

/// The rules of partial credit a file may name.
public enum PartialCreditCatalog: VariantCatalog {
  static let types: [any PartialCredit.Type] = [
    NoCredit.self,
    PositionsCredit.self,
    PrefixCredit.self,
    DigitsCredit.self,
  ]
  public static let standard = NoCredit.name
  public static var entries: [(name: String, block: any ConfigBlock.Type)] {
    catalogEntries(types)
  }
}
