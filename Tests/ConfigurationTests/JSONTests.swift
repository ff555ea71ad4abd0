import Configuration
import Testing

@Suite struct JSONTests {
  /// What is wrong, and the line:column and expectation that the error must name.
  @Test(arguments: [
    ("", "1:1", "a value"), ("{", "1:2", "a key"), ("{\"a\":1,}", "1:8", "a key"),
    ("[1,]", "1:4", "a value"), ("{\"a\" 1}", "1:6", "':'"), ("[1 2]", "1:4", "',' or ']'"),
    ("{\"a\":1,\n \"a\":2}", "2:2", "each key once"), ("1 x", "1:3", "end of file"),
    ("1\u{0}", "1:2", "end of file"), ("// no\n1", "1:1", "a value"), ("01", "1:1", "leading"),
    ("-", "1:2", "a digit"), ("+1", "1:1", "a value"), (".5", "1:1", "a value"),
    ("1.", "1:3", "a digit"), ("1e", "1:3", "a digit"), ("1e999", "1:1", "finite"),
    ("NaN", "1:1", "a value"), ("tru", "1:1", "a value"), ("\"a", "1:3", "'\"'"),
    ("\"\\x\"", "1:2", "escape"), ("\"\\u12g4\"", "1:6", "hexadecimal"),
    ("\"\\ud800\"", "1:2", "surrogates"), ("\"\\ud800\\u0041\"", "1:2", "surrogates"),
    ("\"\\udc00\"", "1:2", "surrogates"), ("\"a\nb\"", "1:3", "escape"),
    ("\u{feff}1", "1:1", "JSON"), ("[\"é\", x]", "1:7", "a value"), ("'a'", "1:1", "a value"),
  ])
  func refuses(text: String, place: String, expected: String) {
    let error = #expect(throws: JSONError.self) { try JSON(parsing: text, file: "f.json") }
    #expect(error?.location.description == "f.json:\(place)")
    #expect(error?.expected.contains(expected) == true, "\(error?.expected ?? "")")
  }

  @Test func refusesInvalidBytesInStrings() {
    for bytes in [[0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xc3]] as [[UInt8]] {
      #expect(throws: JSONError.self) { try JSON(parsing: [0x22] + bytes + [0x22]) }
    }
  }

  @Test func limitsNesting() throws {
    let nested = { String(repeating: "[", count: $0) + String(repeating: "]", count: $0) }
    _ = try JSON(parsing: nested(128))
    #expect(throws: JSONError.self) { try JSON(parsing: nested(129)) }
    #expect(throws: JSONError.self) { try JSON(parsing: nested(100_000)) }
  }

  /// Nine keys: beyond eight, duplicates are found by hashing instead of by comparison.
  @Test func keysAreComparedAsBytes() throws {
    let many = (0..<9).map { "\"k\($0)\":0" }.joined(separator: ",")
    let accents = "\"\u{e9}\":1,\"e\u{301}\":2"
    #expect(try JSON(parsing: "{\(accents)}").members?.count == 2)
    #expect(try JSON(parsing: "{\(many),\(accents)}").members?.count == 11)
    #expect(throws: JSONError.self) { try JSON(parsing: "{\(many),\"k8\":1}") }
    #expect(try JSON(parsing: "{\(accents)}")["e\u{301}"]?.int == 2)
    #expect(JSON("\u{e9}") != JSON("e\u{301}"))
  }

  @Test func numbersKeepHowTheyWereWritten() throws {
    let row = try JSON(parsing: "[2, 2.0, 2e0, -0, 9223372036854775807, 9223372036854775808]")
    #expect((0..<6).map { row[$0]?.int } == [2, nil, nil, 0, .max, nil])
    #expect((0..<6).map { row[$0]?.double } == [2, 2, 2, 0, 0x1p63, 0x1p63])
    #expect(try JSON(parsing: "-9223372036854775808").int == .min)
  }

  @Test func stringsAreUnescaped() throws {
    let json = try JSON(parsing: #""a\"\\\/\b\f\n\r\t\u0041\ud83d\ude00é""#)
    #expect(json.string == "a\"\\/\u{8}\u{c}\n\r\tA😀é")
    #expect(json.text() == #""a\"\\/\b\f\n\r\tA😀é""#)
    #expect(JSON("\u{1}\u{1f}").text() == #""\u0001\u001f""#)
  }

  @Test func locationsCountScalars() throws {
    let json = try JSON(parsing: "{\n  \"é😀\": [1,\n 22]}", file: "x.json")
    let member = try #require(json.members?.first)
    #expect(member.location.description == "x.json:2:3")
    #expect(member.value.location.description == "x.json:2:9")
    #expect(member.value[1]?.location == SourceLocation(file: "x.json", line: 3, column: 2))
  }

  @Test func writesStableText() throws {
    let json: JSON = [
      "b": [1, 0.1, 1e21], "a": ["x": true, "y": [:]], "c": JSON(Float(0.2)), "d": [["z": .null]],
    ]
    #expect(
      json.text()
        == #"{"b":[1,0.1,1e+21],"a":{"x":true,"y":{}},"c":0.2,"d":[{"z":null}]}"#)
    #expect(
      json.canonical
        == #"{"a":{"x":true,"y":{}},"b":[1,0.1,1e+21],"c":0.2,"d":[{"z":null}]}"#)
    let pretty = """
      {
        "b": [1, 0.1, 1e+21],
        "a": {
          "x": true,
          "y": {}
        },
        "c": 0.2,
        "d": [
          {
            "z": null
          }
        ]
      }
      """
    #expect(json.text(pretty: true) == pretty)
    #expect(try JSON(parsing: pretty) == json)
    #expect(try JSON(parsing: pretty).text(pretty: true) == pretty)
  }

  @Test func membersAreSetAndRemoved() {
    var json: JSON = ["a": 1, "b": 2]
    json["b"] = 3
    json["c"] = [4]
    json["a"] = nil
    #expect(json.text() == #"{"b":3,"c":[4]}"#)
    #expect(json["a"] == nil && json["c"]?[0]?.int == 4 && json["c"]?[1] == nil)
  }
}
