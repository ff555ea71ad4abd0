import Testing

@testable import Platform

@Suite struct SHA256Tests {
  /// The examples of FIPS 180-4's validation material: one block, two blocks, none.
  @Test(arguments: [
    ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
  ])
  func matchesTheStandardsExamples(_ message: String, _ digest: String) {
    #expect(SHA256.hexDigest(of: Array(message.utf8)) == digest)
  }

  @Test func matchesAMillionTimesTheLetterA() {
    let bytes = [UInt8](repeating: 0x61, count: 1_000_000)
    #expect(
      SHA256.hexDigest(of: bytes)
        == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
  }

  /// Lengths around both block boundaries (55 and 56 decide whether the length needs a block).
  @Test(arguments: [1, 7, 55, 56, 63, 64, 65])
  func piecesGiveTheSameDigestAsTheWhole(_ piece: Int) {
    for length in [0, 1, 55, 56, 63, 64, 65, 119, 120, 128, 300] {
      let bytes = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 37) }
      var hash = SHA256()
      for start in stride(from: 0, to: length, by: piece) {
        hash.update(bytes[start..<min(start + piece, length)])
      }
      #expect(hash.hexDigest() == SHA256.hexDigest(of: bytes))
    }
  }

  @Test func aDigestInTheMiddleDoesNotEndTheMessage() {
    var hash = SHA256()
    hash.update(Array("ab".utf8))
    _ = hash.digest()
    hash.update(Array("c".utf8))
    #expect(hash.hexDigest() == SHA256.hexDigest(of: Array("abc".utf8)))
  }
}
