import Testing

@testable import rl

@Suite struct ArgumentParserTests {
  private let parser = ArgumentParser(options: [
    Option("--config", value: "FILE", isRepeated: true, ""),
    Option("--count", short: "-n", value: "N", ""), Option("--json", ""),
  ])

  @Test func valuesStandBehindOrAfterAnEqualsSign() throws {
    let parsed = try parser.parse(["a=1", "--config", "x", "-n=5", "--config=y=z", "~b", "--json"])
    #expect(parsed.operands == ["a=1", "~b"])
    #expect(parsed.all("--config") == ["x", "y=z"])
    #expect(try parsed.integer("--count") == 5)
    #expect(parsed.isSet("--json"))
  }

  @Test func behindTwoDashesAllAreOperands() throws {
    let parsed = try parser.parse(["--json", "--", "--config", "-5+3="])
    #expect(parsed.operands == ["--config", "-5+3="])
    #expect(!parsed.isSet("--config"))
  }

  @Test func negativeNumbersAreValuesAndOneDashAnOperand() throws {
    let parsed = try parser.parse(["-n", "-3", "-"])
    #expect(parsed.value("--count") == "-3")
    #expect(parsed.operands == ["-"])
  }

  @Test(arguments: [
    (["--confg", "x"], "unknown option --confg; did you mean --config?"),
    (["-5+3="], "unknown option -5+3; operands that begin with - stand behind --"),
    (["--config"], "--config: a value is missing: --config FILE"),
    (["--config", "--json"], "--config: a value is missing: --config FILE"),
    (["--json=1"], "--json takes no value"), (["-n", "1", "--count=2"], "--count is given twice"),
  ])
  func whatCannotBeMeantIsRefused(_ arguments: [String], _ message: String) {
    let failure = #expect(throws: Failure.self) { try parser.parse(arguments) }
    #expect(failure?.code == .usage)
    #expect(failure?.complaints.map(\.message) == [message])
  }

  @Test(arguments: ["-1", "1.0", "x", "", "99999999999999999999"])
  func onlyWholeNumbersInRangeAreIntegers(_ text: String) throws {
    let parsed = try parser.parse(["-n", text])
    #expect(throws: Failure.self) { try parsed.integer("--count") }
  }

  @Test(arguments: ["-0.5", "nan", "inf", "x"])
  func onlyFiniteNumbersInRangeAreNumbers(_ text: String) throws {
    let parsed = try parser.parse(["--count=\(text)"])
    #expect(throws: Failure.self) { try parsed.number("--count") }
  }
}
