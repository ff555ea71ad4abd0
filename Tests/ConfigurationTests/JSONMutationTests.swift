import Configuration
import Testing

@Suite struct JSONMutationTests {
  private let seed =
    Array(
      #"{"a": [1, -2.5e3, "x\u00e9\ud83d\ude00é\n", {"b": null, "c": [true, false, []]}], "#
        .utf8) + Array(#""stages": {"s": {"epsilon": 0.2, "optimizer": {"type": "sgd"}}}}"#.utf8)

  /// Whatever parses is written and read back as the same value; whatever does not, throws.
  @Test func mutationsNeverTrap() throws {
    var state: UInt64 = 1
    func below(_ bound: Int) -> Int {  // Knuth's MMIX generator
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % bound
    }
    var accepted = 0
    for _ in 0..<2000 {
      var bytes = seed
      for _ in 0...below(3) {
        let place = below(bytes.count)
        switch below(4) {
        case 0: bytes[place] = UInt8(below(256))
        case 1: bytes.remove(at: place)
        case 2: bytes.insert(Array("{}[]\",:\\0e-".utf8)[below(11)], at: place)
        default: bytes.removeSubrange(place..<min(bytes.count, place + below(8)))
        }
      }
      guard let json = try? JSON(parsing: bytes) else { continue }
      accepted += 1
      #expect(try JSON(parsing: json.text()) == json)
      #expect(try JSON(parsing: json.text(pretty: true)) == json)
      _ = try? read(Run.self, from: json)
    }
    #expect((100..<1900).contains(accepted))  // both kinds were met
  }
}
