import Configuration
import EnvironmentKit
import Randomness

/// Words over the first letters of the alphabet, as bytes.
enum Letters {
  static func word(
    of length: Int, from alphabet: Int, using random: inout RandomStream
  ) -> [UInt8] {
    (0..<length).map { _ in UInt8(ascii: "a") + UInt8(random.below(alphabet)) }
  }

  static func alphabet(_ count: Int) -> String { text((0..<count).map { UInt8(0x61 + $0) }) }

  static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

  /// Why the audit's numeric mutations do not apply to words.
  static let notNumbers = "answers are words: they have no sign, no tenfold and no leading digit"

  static let lengthKey = KeyDescription("length", "letters in a word", "2...64")
  static let alphabetKey = KeyDescription("alphabet", "how many letters are used", "2...26")
}
