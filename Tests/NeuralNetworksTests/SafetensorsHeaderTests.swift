import Testing

@testable import NeuralNetworks

/// A file: what stands in place of the header's length, the header, the data.
struct SafetensorsCase: CustomTestStringConvertible, Sendable {
  var name: String
  var bytes: [UInt8]
  /// The rule that refuses it; `nil` where it is accepted.
  var rule: SafetensorsError.Rule?

  var testDescription: String { name }

  init(
    _ name: String, _ header: String, data: Int = 0, length: UInt64? = nil,
    _ rule: SafetensorsError.Rule? = nil
  ) {
    self.init(name, bytes: Array(header.utf8), data: data, length: length, rule)
  }

  init(
    _ name: String, bytes header: [UInt8], data: Int = 0, length: UInt64? = nil,
    _ rule: SafetensorsError.Rule? = nil
  ) {
    let length = length ?? UInt64(header.count)
    let prefix = (0..<8).map { UInt8(truncatingIfNeeded: length >> UInt64(8 * $0)) }
    self.name = name
    bytes = prefix + header + [UInt8](repeating: 0x02, count: data)
    self.rule = rule
  }

  init(_ name: String, file: [UInt8], _ rule: SafetensorsError.Rule) {
    (self.name, bytes, self.rule) = (name, file, rule)
  }
}

private func tensor(_ type: String, _ shape: String, _ offsets: String) -> String {
  #"{"dtype":"\#(type)","shape":[\#(shape)],"data_offsets":[\#(offsets)]}"#
}

private let a = #""a":\#(tensor("F32", "2", "0,8"))"#

private let framing = [
  SafetensorsCase("empty header without data", "{}"),
  SafetensorsCase("empty header and a body", "{}", data: 8, .fileLength),
  SafetensorsCase("one tensor", "{\(a)}", data: 8),
  SafetensorsCase("truncated body", "{\(a)}", data: 7, .fileLength),
  SafetensorsCase("one extra byte", "{\(a)}", data: 9, .fileLength),
  SafetensorsCase("leading space", " {\(a)}", data: 8, .headerContent),
  SafetensorsCase("leading newline", "\n{\(a)}", data: 8, .headerContent),
  SafetensorsCase("trailing spaces", "{\(a)}   ", data: 8),
  SafetensorsCase("trailing newline and tab", "{\(a)}\n\t", data: 8),
  SafetensorsCase("trailing NUL", "{\(a)}\0", data: 8, .headerContent),
  SafetensorsCase("trailing junk", "{\(a)}x", data: 8, .headerContent),
  SafetensorsCase("byte order mark", "\u{FEFF}{\(a)}", data: 8, .headerContent),
  SafetensorsCase("empty file", file: [], .headerTooSmall),
  SafetensorsCase("seven bytes", file: [2, 0, 0, 0, 0, 0, 0], .headerTooSmall),
  SafetensorsCase("header of no bytes", "", .headerContent),
  SafetensorsCase("header beyond the file", "{}", length: 3, .headerLength),
  SafetensorsCase("header of 100,000,001 bytes", "{}", length: 100_000_001, .headerTooLarge),
  SafetensorsCase("header of 2^64 - 1 bytes", "{}", length: .max, .headerTooLarge),
  SafetensorsCase("length not a multiple of 8", "{\(a)} ", data: 8),
]

private let text = [
  SafetensorsCase(
    "invalid UTF-8", bytes: Array("{\"".utf8) + [0xff] + Array("\":1}".utf8), .headerText),
  SafetensorsCase("not JSON", "hello", .headerContent),
  SafetensorsCase("array at the root", "[\(tensor("F32", "2", "0,8"))]", data: 8, .headerContent),
  SafetensorsCase("comment", "{/**/\(a)}", data: 8, .headerContent),
  SafetensorsCase("trailing comma", "{\(a),}", data: 8, .headerContent),
  SafetensorsCase(
    "deep nesting",
    "{\"a\":" + String(repeating: "[", count: 200) + String(repeating: "]", count: 200) + "}",
    .headerContent),
  SafetensorsCase("same tensor twice", "{\(a),\(a)}", data: 8, .headerContent),
  SafetensorsCase(
    "tensor twice, differently", #"{\#(a),"a":\#(tensor("F32", "1", "8,12"))}"#, data: 12,
    .headerContent),
  SafetensorsCase(
    "two __metadata__", #"{"__metadata__":{},"__metadata__":{}}"#, .headerContent),
  SafetensorsCase(
    "key twice in __metadata__", #"{"__metadata__":{"k":"1","k":"2"}}"#, .headerContent),
  SafetensorsCase("number in __metadata__", #"{"__metadata__":{"k":1}}"#, .headerContent),
  SafetensorsCase("__metadata__ null", #"{"__metadata__":null}"#),
  SafetensorsCase("__metadata__ of strings", #"{"__metadata__":{"format":"pt"}}"#),
  SafetensorsCase(
    "lone surrogate", #"{"\ud800":\#(tensor("F32", "2", "0,8"))}"#, data: 8, .headerContent),
  SafetensorsCase("empty name", #"{"":\#(tensor("F32", "2", "0,8"))}"#, data: 8),
  SafetensorsCase("NUL in a name", #"{"a\u0000b":\#(tensor("F32", "2", "0,8"))}"#, data: 8),
]

private let entries = [
  SafetensorsCase(
    "extra field", #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8],"x":1}}"#, data: 8),
  SafetensorsCase(
    "no dtype", #"{"a":{"shape":[2],"data_offsets":[0,8]}}"#, data: 8, .headerContent),
  SafetensorsCase(
    "unknown dtype", #"{"a":\#(tensor("F31", "2", "0,8"))}"#, data: 8, .headerContent),
  SafetensorsCase(
    "dtype in lower case", #"{"a":\#(tensor("f32", "2", "0,8"))}"#, data: 8, .headerContent),
  SafetensorsCase("positional entry", #"{"a":["F32",[2],[0,8]]}"#, data: 8, .headerContent),
  SafetensorsCase(
    "negative dimension", #"{"a":\#(tensor("F32", "-2", "0,8"))}"#, data: 8, .headerContent),
  SafetensorsCase(
    "dimension 2.0", #"{"a":\#(tensor("F32", "2.0", "0,8"))}"#, data: 8, .headerContent),
  SafetensorsCase(
    "dimension 2e0", #"{"a":\#(tensor("F32", "2e0", "0,8"))}"#, data: 8, .headerContent),
  SafetensorsCase(
    "dimension as a string", #"{"a":\#(tensor("F32", "\"2\"", "0,8"))}"#, data: 8, .headerContent),
  SafetensorsCase(
    "dimension of 2^64", #"{"a":\#(tensor("F32", "0,18446744073709551616", "0,0"))}"#,
    .headerContent),
  SafetensorsCase("scalar", #"{"a":\#(tensor("F32", "", "0,4"))}"#, data: 4),
  SafetensorsCase("dimension of 0", #"{"a":\#(tensor("F32", "3,0", "0,0"))}"#),
  SafetensorsCase("one offset", #"{"a":\#(tensor("F32", "2", "0"))}"#, data: 8, .headerContent),
  SafetensorsCase(
    "three offsets", #"{"a":\#(tensor("F32", "2", "0,8,8"))}"#, data: 8, .headerContent),
]

private let sizes = [
  SafetensorsCase(
    "shape larger than its bytes", #"{"a":\#(tensor("F32", "3", "0,8"))}"#, data: 8, .size),
  SafetensorsCase(
    "product overflows", #"{"a":\#(tensor("F32", "4294967296,4294967296", "0,8"))}"#, data: 8,
    .sizeOverflow),
  SafetensorsCase(
    "product fits, its bits do not", #"{"a":\#(tensor("F32", "4611686018427387904", "0,8"))}"#,
    data: 8, .sizeOverflow),
  SafetensorsCase(
    "overflow before a 0", #"{"a":\#(tensor("F32", "9223372036854775808,4,0", "0,0"))}"#,
    .sizeOverflow),
  SafetensorsCase(
    "0 before what would overflow",
    #"{"a":\#(tensor("F32", "0,9223372036854775808,4", "0,0"))}"#),
  SafetensorsCase("begin after end", #"{"a":\#(tensor("F32", "2", "8,0"))}"#, data: 8, .offsets),
  SafetensorsCase("not from 0", #"{"a":\#(tensor("F32", "2", "4,12"))}"#, data: 12, .offsets),
  SafetensorsCase(
    "hole", #"{\#(a),"b":\#(tensor("F32", "1", "12,16"))}"#, data: 16, .offsets),
  SafetensorsCase(
    "overlap", #"{\#(a),"b":\#(tensor("F32", "1", "4,8"))}"#, data: 8, .offsets),
  SafetensorsCase(
    "same range twice", #"{\#(a),"b":\#(tensor("F32", "2", "0,8"))}"#, data: 8, .offsets),
  SafetensorsCase("past the end", #"{"a":\#(tensor("F32", "4", "0,16"))}"#, data: 8, .fileLength),
  SafetensorsCase(
    "header in another order", #"{"b":\#(tensor("F32", "1", "8,12")),\#(a)}"#, data: 12),
  SafetensorsCase("BOOL of bytes 2", #"{"a":\#(tensor("BOOL", "2", "0,2"))}"#, data: 2),
  SafetensorsCase("F4, odd count", #"{"a":\#(tensor("F4", "3", "0,2"))}"#, data: 2, .partialByte),
  SafetensorsCase("F4, even count", #"{"a":\#(tensor("F4", "4", "0,2"))}"#, data: 2),
  SafetensorsCase("C64", #"{"a":\#(tensor("C64", "1", "0,8"))}"#, data: 8),
  SafetensorsCase("F8_E4M3", #"{"a":\#(tensor("F8_E4M3", "2", "0,2"))}"#, data: 2),
]

@Suite struct SafetensorsHeaderTests {
  @Test(arguments: framing + text + entries + sizes)
  func followsTheTable(_ example: SafetensorsCase) throws {
    if let rule = example.rule {
      let error = #expect(throws: SafetensorsError.self) {
        try SafetensorsHeader(parsing: example.bytes, file: "f")
      }
      #expect(error?.rule == rule)
      #expect(error?.description.hasPrefix("f: ") == true)
    } else {
      _ = try SafetensorsHeader(parsing: example.bytes)
    }
  }

  @Test func spaceBeforeTheHeaderIsReadLeniently() throws {
    for example in framing where example.name.hasPrefix("leading") {
      let header = try SafetensorsHeader(parsing: example.bytes, lenient: true)
      #expect(header.entries.map(\.name) == ["a"])
    }
  }

  @Test func entriesCarryWhatTheHeaderSays() throws {
    let header = try SafetensorsHeader(
      parsing: sizes.first { $0.name == "header in another order" }!.bytes)
    #expect(header.entries.map(\.name) == ["a", "b"])
    #expect(header.entries[1].shape == [1])
    #expect(header.entries[1].range.count == 4)
    #expect(header.entries[1].range.lowerBound == header.entries[0].range.upperBound)
    #expect(header.metadata == nil)
  }

  @Test func dimensionsBeyondIntAreKeptButAreNoShape() throws {
    let header = try SafetensorsHeader(
      parsing: sizes.first { $0.name == "0 before what would overflow" }!.bytes)
    #expect(header.entries[0].dimensions == [0, 1 << 63, 4])
    #expect(header.entries[0].shape == nil)
  }

  @Test func unknownFieldsAreWarnedOf() throws {
    let header = try SafetensorsHeader(
      parsing: entries.first { $0.name == "extra field" }!.bytes)
    #expect(header.warnings == ["tensor a: x is not known and is ignored"])
  }

  /// Every single-byte change of a small file is accepted or refused, never a trap.
  @Test func changedBytesNeverTrap() {
    let valid = SafetensorsCase("", #"{\#(a),"b":\#(tensor("U8", "3", "8,11"))}"#, data: 11).bytes
    var accepted = 0
    for index in valid.indices {
      for change in [0x01, 0x10, 0x80, 0x7b, 0xff] as [UInt8] {
        var bytes = valid
        bytes[index] ^= change
        if (try? SafetensorsHeader(parsing: bytes)) != nil { accepted += 1 }
      }
      #expect(throws: SafetensorsError.self) {
        try SafetensorsHeader(parsing: Array(valid[..<index]))
      }
    }
    #expect(accepted >= 11 * 5)
  }
}
