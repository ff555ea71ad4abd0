/// A cheap policy that must not pay. The names are the specification's.
public enum Trap: String, CaseIterable, Codable, Sendable {
  case h01 = "H01"
  case h02 = "H02"
  case h03 = "H03"
  case h04 = "H04"
  case h05 = "H05"
  case h06 = "H06"
  case h07 = "H07"
  case h08 = "H08"
  case h13 = "H13"
  case h15 = "H15"
  case h16 = "H16"
  case h18 = "H18"

  public var title: String {
    switch self {
    case .h01: "empty and blank completions"
    case .h02: "the best constant answer"
    case .h03: "echo of the prompt or its operands"
    case .h04: "gold answer with something around it"
    case .h05: "enumerations of everything"
    case .h06: "wrong sign, times ten, first digit missing"
    case .h07: "other spellings of the gold answer"
    case .h08: "absurd and huge numbers"
    case .h13: "text that claims a reward"
    case .h15: "gold answer without a stop"
    case .h16: "held-out keys in training draws"
    case .h18: "gold answer"
    }
  }
}
