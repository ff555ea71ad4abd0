/// The three disjoint parts of all problems.
public enum Split: String, CaseIterable, Codable, Sendable {
  case train, eval, test
}

/// Which keys belong to which split: a function of the key alone.
///
/// It ignores seed, level and parameters, so a key never changes sides, whatever asks for it.
struct KeySplit: Sendable {
  /// In thousandths of all keys.
  let evalShare, testShare: Int
  /// FNV-1a state after the salt and the family's name, which every key shares.
  private let prefix: UInt64

  init(salt: String, family: String, evalShare: Int, testShare: Int) {
    (self.evalShare, self.testShare) = (evalShare, testShare)
    prefix = fnv1a("\(salt)|\(family)|")
  }

  /// A 64-bit name of the key; `bucket` is its remainder.
  func digest(of key: String) -> UInt64 { splitMix(fnv1a(key, from: prefix)) }

  func split(of key: String) -> Split { split(ofDigest: digest(of: key)) }

  func split(ofDigest digest: UInt64) -> Split {
    let bucket = Int(digest % 1000)
    return bucket < evalShare ? .eval : bucket < evalShare + testShare ? .test : .train
  }
}

/// FNV-1a over UTF-8 bytes (Fowler, Noll and Vo, 64 bits).
func fnv1a(_ text: String, from state: UInt64 = 0xcbf2_9ce4_8422_2325) -> UInt64 {
  fnv1a(text.utf8, from: state)
}

func fnv1a(_ bytes: some Sequence<UInt8>, from state: UInt64) -> UInt64 {
  var state = state
  for byte in bytes { state = (state ^ UInt64(byte)) &* 0x100_0000_01b3 }
  return state
}

/// SplitMix64's finalizer: spreads FNV's weak low bits over the whole word.
func splitMix(_ state: UInt64) -> UInt64 {
  var z = state
  z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
  z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
  return z ^ (z >> 31)
}
