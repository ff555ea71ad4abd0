import Foundation
import Kernels
import Platform
import Testing

@testable import TensorCore

@Suite struct RotaryTableTests {
  static let frequencies = (0..<16).map { 1 / Double(1 << $0) }

  /// Cosines and sines have the same bits on every machine: they use no function of libm.
  @Test func tableIsTheCommittedOne() {
    let table = RotaryTable(positions: 4096, frequencies: Self.frequencies)
    let bytes = table.cosines.littleEndianBytes + table.sines.littleEndianBytes
    #expect(
      SHA256.hexDigest(of: bytes)
        == "f651c6123f95f0bb35d6575d46afc8975a3bbf42ba6beee5376a07aa5c2b758c")
  }

  /// Each is the nearest float to libm's double, or its neighbour.
  @Test func tableIsAccurate() {
    let table = RotaryTable(positions: 200, frequencies: Self.frequencies)
    for position in 0..<200 {
      for (pair, frequency) in Self.frequencies.enumerated() {
        let angle = Double(position) * frequency
        let index = position * 16 + pair
        #expect(abs(Double(table.cosines[index]) - cos(angle)) <= 0x1p-24)
        #expect(abs(Double(table.sines[index]) - sin(angle)) <= 0x1p-24)
      }
    }
  }
}
