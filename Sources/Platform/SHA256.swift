/// SHA-256 as FIPS 180-4 defines it, fed piece by piece.
///
/// Written so that debug builds stay usable: the rounds touch only integers and raw pointers,
/// whose operators are inlined even without optimization.
public struct SHA256: Sendable {
  private var state: [UInt32] = [
    0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a,
    0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19,
  ]
  private var pending: [UInt8] = []  // fewer than 64 bytes
  private var length: UInt64 = 0

  public init() {}

  /// The digest of `bytes` as 64 lower-case hexadecimal digits.
  public static func hexDigest(of bytes: [UInt8]) -> String {
    var hash = SHA256()
    hash.update(bytes)
    return hash.hexDigest()
  }

  /// Appends `bytes` to the message.
  public mutating func update(_ bytes: [UInt8]) { update(bytes[...]) }

  /// Appends `bytes` to the message.
  public mutating func update(_ bytes: ArraySlice<UInt8>) {
    length &+= UInt64(bytes.count)
    var rest = bytes
    if !pending.isEmpty {
      let head = rest.prefix(64 - pending.count)
      pending += head
      rest = rest.dropFirst(head.count)
      guard pending.count == 64 else { return }
      compress(pending[...])
      pending.removeAll(keepingCapacity: true)
    }
    let whole = rest.count & ~63
    if whole > 0 { compress(rest.prefix(whole)) }
    pending += rest.dropFirst(whole)
  }

  /// The 32 bytes of the digest of the message so far; more may follow.
  public func digest() -> [UInt8] {
    var last = self
    var padding: [UInt8] = [0x80]
    padding += [UInt8](repeating: 0, count: (119 - pending.count) % 64)
    for shift in stride(from: 56, through: 0, by: -8) {
      padding.append(UInt8(truncatingIfNeeded: (length &* 8) >> UInt64(shift)))
    }
    last.update(padding)
    return last.state.flatMap { word in
      [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: word >> UInt32($0)) }
    }
  }

  /// The digest of the message so far as 64 lower-case hexadecimal digits.
  public func hexDigest() -> String {
    let digits = Array("0123456789abcdef".utf8)
    let text = digest().flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
    return String(decoding: text, as: UTF8.self)
  }

  private mutating func compress(_ blocks: ArraySlice<UInt8>) {
    unsafe withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 64) { schedule in
      unsafe roundConstants.withUnsafeBufferPointer { constants in
        unsafe state.withUnsafeMutableBufferPointer { state in
          unsafe blocks.withUnsafeBufferPointer { bytes in
            var block = bytes.baseAddress!
            for _ in 0..<bytes.count / 64 {
              unsafe expand(block, into: schedule.baseAddress!)
              unsafe mix(
                schedule.baseAddress!, constants.baseAddress!, into: state.baseAddress!)
              unsafe block += 64
            }
          }
        }
      }
    }
  }
}

/// Sixteen big-endian words of a block and the 48 that follow from them.
private func expand(_ block: UnsafePointer<UInt8>, into w: UnsafeMutablePointer<UInt32>) {
  var t = 0
  while t < 16 {
    let b0 = unsafe UInt32(truncatingIfNeeded: block[t &* 4]) &<< 24
    let b1 = unsafe UInt32(truncatingIfNeeded: block[t &* 4 &+ 1]) &<< 16
    let b2 = unsafe UInt32(truncatingIfNeeded: block[t &* 4 &+ 2]) &<< 8
    unsafe w[t] = b0 | b1 | b2 | UInt32(truncatingIfNeeded: block[t &* 4 &+ 3])
    t = t &+ 1
  }
  while t < 64 {
    let x: UInt32 = unsafe w[t &- 15]
    let y: UInt32 = unsafe w[t &- 2]
    let x7: UInt32 = (x &>> 7) | (x &<< 25)
    let x18: UInt32 = (x &>> 18) | (x &<< 14)
    let y17: UInt32 = (y &>> 17) | (y &<< 15)
    let y19: UInt32 = (y &>> 19) | (y &<< 13)
    let first: UInt32 = x7 ^ x18 ^ (x &>> 3)
    let second: UInt32 = y17 ^ y19 ^ (y &>> 10)
    unsafe w[t] = w[t &- 16] &+ first &+ w[t &- 7] &+ second
    t = t &+ 1
  }
}

/// The 64 rounds over one expanded block.
private func mix(
  _ w: UnsafePointer<UInt32>, _ k: UnsafePointer<UInt32>,
  into state: UnsafeMutablePointer<UInt32>
) {
  var (a, b, c, d) = unsafe (state[0], state[1], state[2], state[3])
  var (e, f, g, h) = unsafe (state[4], state[5], state[6], state[7])
  var t = 0
  while t < 64 {
    let e6: UInt32 = (e &>> 6) | (e &<< 26)
    let e11: UInt32 = (e &>> 11) | (e &<< 21)
    let e25: UInt32 = (e &>> 25) | (e &<< 7)
    let choice: UInt32 = (e & f) ^ (~e & g)
    let t1: UInt32 = unsafe h &+ (e6 ^ e11 ^ e25) &+ choice &+ k[t] &+ w[t]
    let a2: UInt32 = (a &>> 2) | (a &<< 30)
    let a13: UInt32 = (a &>> 13) | (a &<< 19)
    let a22: UInt32 = (a &>> 22) | (a &<< 10)
    let majority: UInt32 = (a & b) ^ (a & c) ^ (b & c)
    h = g
    g = f
    f = e
    e = d &+ t1
    d = c
    c = b
    b = a
    a = t1 &+ (a2 ^ a13 ^ a22) &+ majority
    t = t &+ 1
  }
  unsafe state[0] &+= a
  unsafe state[1] &+= b
  unsafe state[2] &+= c
  unsafe state[3] &+= d
  unsafe state[4] &+= e
  unsafe state[5] &+= f
  unsafe state[6] &+= g
  unsafe state[7] &+= h
}

/// The first 32 bits of the fractional parts of the cube roots of the first 64 primes.
private let roundConstants: [UInt32] = [
  0x428a_2f98, 0x7137_4491, 0xb5c0_fbcf, 0xe9b5_dba5, 0x3956_c25b, 0x59f1_11f1, 0x923f_82a4,
  0xab1c_5ed5, 0xd807_aa98, 0x1283_5b01, 0x2431_85be, 0x550c_7dc3, 0x72be_5d74, 0x80de_b1fe,
  0x9bdc_06a7, 0xc19b_f174, 0xe49b_69c1, 0xefbe_4786, 0x0fc1_9dc6, 0x240c_a1cc, 0x2de9_2c6f,
  0x4a74_84aa, 0x5cb0_a9dc, 0x76f9_88da, 0x983e_5152, 0xa831_c66d, 0xb003_27c8, 0xbf59_7fc7,
  0xc6e0_0bf3, 0xd5a7_9147, 0x06ca_6351, 0x1429_2967, 0x27b7_0a85, 0x2e1b_2138, 0x4d2c_6dfc,
  0x5338_0d13, 0x650a_7354, 0x766a_0abb, 0x81c2_c92e, 0x9272_2c85, 0xa2bf_e8a1, 0xa81a_664b,
  0xc24b_8b70, 0xc76c_51a3, 0xd192_e819, 0xd699_0624, 0xf40e_3585, 0x106a_a070, 0x19a4_c116,
  0x1e37_6c08, 0x2748_774c, 0x34b0_bcb5, 0x391c_0cb3, 0x4ed8_aa4a, 0x5b9c_ca4f, 0x682e_6ff3,
  0x748f_82ee, 0x78a5_636f, 0x84c8_7814, 0x8cc7_0208, 0x90be_fffa, 0xa450_6ceb, 0xbef9_a3f7,
  0xc671_78f2,
]
