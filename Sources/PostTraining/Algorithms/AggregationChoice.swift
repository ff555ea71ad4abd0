import Objectives

/// How token losses become one number, as a configuration names it.
public enum AggregationChoice: String, Codable, Sendable, CaseIterable {
  case tokenMean = "token_mean"
  case sequenceMean = "sequence_mean"
  case constant
  case sequenceSum = "sequence_sum"

  /// The law; `length` is the constant divisor, which the others do not read.
  func law(length: Int) -> Aggregation {
    switch self {
    case .tokenMean: .tokenMean
    case .sequenceMean: .sequenceMean
    case .constant: .constant(length: length)
    case .sequenceSum: .sequenceSum
    }
  }

  /// A token's weight, for a plan.
  var formula: String {
    switch self {
    case .tokenMean: "1/N"
    case .sequenceMean: "1/(S·n)"
    case .constant: "1/(S·L)"
    case .sequenceSum: "1/S"
    }
  }
}
