import NeuralNetworks
import TensorCore
import TestSupport
import Testing

@Suite struct SafetensorsFuzzTests {
  private static let blobs = [
    SafetensorsBlob(name: "a", type: .f32, shape: [2, 1], bytes: [0, 0, 128, 63, 0, 0, 0, 64]),
    SafetensorsBlob(name: "é", type: .bf16, shape: [1, 2], bytes: [128, 63, 0, 64]),
    SafetensorsBlob(name: "none", type: .f16, shape: [0, 3], bytes: []),
    SafetensorsBlob(name: "bits", type: .i8, shape: [3], bytes: [1, 2, 3]),
  ]

  private static let samples = [
    SafetensorsFile.bytes(of: blobs),
    SafetensorsFile.bytes(of: Array(blobs.prefix(1)), metadata: nil),
    SafetensorsFile.bytes(of: []),
  ]

  private static let words = [
    "\"dtype\":\"F32\"", "\"F4\"", "\"BOOL\"", "\"shape\":[", "\"data_offsets\":[0,8]", "[0,0]",
    "[8,8]", "[0]", "-1", "4294967296", "9223372036854775807", "18446744073709551615",
    "18446744073709551616", "1e18", "\"__metadata__\":null", "{}", "[", "]", "{", "}", ",",
  ]

  /// A file that is taken has tensors that lie in it, end to end, each as large as it says.
  private static func check(_ bytes: [UInt8]) throws -> Bool {
    guard let file = try? SafetensorsFile(parsing: bytes) else { return false }
    var held = 0
    for entry in file.header.entries {
      guard let content = file.bytes(of: entry.name) else { throw Wrong(tensor: entry.name) }
      held += content.count
      guard let tensor = try? file.tensor(entry.name) else { continue }
      guard UInt64(tensor.count) * entry.type.bitWidth == 8 * UInt64(content.count) else {
        throw Wrong(tensor: entry.name)
      }
    }
    guard let first = file.header.entries.map(\.range.lowerBound).min() else { return true }
    guard first + held == bytes.count else { throw Wrong(tensor: "all") }
    return true
  }

  private struct Wrong: Error { var tensor: String }

  @Test func readsAnyBytes() {
    let outcome = Fuzz("safetensors", samples: Self.samples, words: Self.words).run(Self.check)
    #expect(outcome.failure == nil, "\(outcome.failure.map(\.description) ?? "")")
    #expect(outcome.accepted > 0 && outcome.refused > 0)
  }

  /// The header alone is changed and its length said rightly: what is refused, its rules refuse.
  @Test func readsAnyHeader() {
    let headers = Self.samples.map { sample in
      let length = sample[..<8].reversed().reduce(0) { $0 << 8 | Int($1) }
      return Array(sample[8..<8 + length])
    }
    let data = Self.blobs.flatMap(\.bytes)
    let outcome = Fuzz("safetensors header", samples: headers, words: Self.words).run { header in
      let length = (0..<8).map { UInt8(truncatingIfNeeded: header.count >> (8 * $0)) }
      return try Self.check(length + header + data)
    }
    #expect(outcome.failure == nil, "\(outcome.failure.map(\.description) ?? "")")
    #expect(outcome.accepted > 0 && outcome.refused > 0)
  }

  /// Dimensions beyond `Int` are looked up in the text: each from where the last one was.
  @Test func manyLargeDimensionsAreReadInTurn() throws {
    let dimensions = Array(repeating: "9223372036854775808", count: 50_000).joined(separator: ",")
    let text = #"{"a":{"dtype":"F32","shape":[0,"# + dimensions + #"],"data_offsets":[0,0]}}"#
    let length = (0..<8).map { UInt8(truncatingIfNeeded: text.utf8.count >> (8 * $0)) }
    let file = try SafetensorsFile(parsing: length + Array(text.utf8))
    #expect(file.header.entries[0].dimensions.count == 50_001)
    #expect(file.header.entries[0].dimensions.last == 1 << 63)
    #expect(throws: SafetensorsError.self) { try file.tensor("a") }
  }
}
