import Configuration
import Testing

private enum Mode: String, Codable { case slow, fast }

private enum Shape: Codable, Equatable {
  case circle(radius: Double)
  case unitSquare
}

private struct Inner: Codable, Equatable {
  var topK = 3
  var weights: [Float] = [0.1, 1]
}

private struct Outer: Codable, Equatable {
  var zeta = 1.5
  var adamBeta1: Float = 0.9
  var useURLPart = true
  var mode = Mode.fast
  var inner = Inner()
  var byName = ["camelCase": 1, "b": 2]
  var byNumber = [10: "x", 9: "y"]
  var shapes = [Shape.circle(radius: 2), .unitSquare]
  var ids: Set<Int> = [3, 1, 2]
  var maybe: Int?
  var raw: JSON = ["anyKey": [1, 2.0]]
}

@Suite struct JSONCodingTests {
  private let text =
    #"{"zeta":1.5,"adam_beta1":0.9,"use_url_part":true,"mode":"fast","#
    + #""inner":{"top_k":3,"weights":[0.1,1.0]},"by_name":{"b":2,"camelCase":1},"#
    + #""by_number":{"10":"x","9":"y"},"#
    + #""shapes":[{"circle":{"radius":2.0}},{"unit_square":{}}],"ids":[1,2,3],"#
    + #""raw":{"anyKey":[1,2.0]}}"#

  @Test func encodesInOrderOfDeclaration() throws {
    #expect(try JSON(encoding: Outer()).text() == text)
  }

  @Test func decodesWhatItEncodes() throws {
    var value = Outer()
    value.zeta = 0.1 + 0.2
    value.inner.weights = [.leastNonzeroMagnitude, 16_777_216, .greatestFiniteMagnitude]
    value.maybe = -7
    let json = try JSON(parsing: try JSON(encoding: value).text(pretty: true))
    #expect(try json.decode(Outer.self) == value)
    #expect(try JSON(encoding: json.decode(Outer.self)) == json)
  }

  @Test func scalarsStandAlone() throws {
    #expect(try JSON(encoding: [1, 2]).text() == "[1,2]")
    #expect(try JSON(encoding: "a").decode(String.self) == "a")
    #expect(try JSON(encoding: Int?.none).isNull)
    #expect(try JSON(parsing: "[1,null]").decode([Int?].self) == [1, nil])
  }

  @Test(arguments: [
    (#"{"top_k":2.0,"weights":[]}"#, "2:12: top_k: expected an integer, found 2.0"),
    (
      #"{"top_k":2,"weights":[1,"x"]}"#,
      #"2:27: weights[1]: expected a number, found the string "x""#
    ),
    (#"{"top_k":2,"weights":[1e39]}"#, "2:25: weights[0]: expected a number, found 1e+39"),
    (#"{"top_k":2}"#, #"2:3: the key "weights" is missing"#),
    (#"{"top_k":2,"weights":{}}"#, "2:24: weights: expected an array, found an object"),
    ("7", "2:3: expected an object, found 7"),
  ])
  func errorsNameThePlace(text: String, message: String) throws {
    let json = try JSON(parsing: "\n  " + text, file: "f")
    let error = #expect(throws: ConfigError.self) { try json.decode(Inner.self) }
    #expect(error?.description == "f:" + message)
  }

  @Test func integersMustFit() throws {
    #expect(throws: ConfigError.self) { try JSON(300).decode(UInt8.self) }
    #expect(throws: ConfigError.self) { try JSON(-1).decode(UInt64.self) }
    #expect(throws: ConfigError.self) { try JSON(encoding: UInt64.max) }
    #expect(throws: ConfigError.self) { try JSON(encoding: [1, Double.nan]) }
    #expect(throws: ConfigError.self) { try JSON("medium").decode(Mode.self) }
  }
}
