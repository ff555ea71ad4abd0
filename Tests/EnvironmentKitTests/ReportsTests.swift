import Configuration
import Randomness
import Testing

@testable import EnvironmentKit

@Suite struct ReportsTests {
  @Test func columnsAreAligned() {
    var table = TextTable("name", "n", "word")
    table.append("a", "1", "x")
    table.append("long", "1000", "")
    #expect(table.lines == ["name     n  word", "a        1  x", "long  1000"])
  }

  @Test(arguments: [
    (0.0, "0"), (1, "1"), (0.015, "0.015"), (-0.25, "-0.25"), (12.00001, "12"), (-1e-9, "0"),
  ]) func figuresAreShort(value: Double, text: String) {
    #expect(figureText(value) == text)
  }

  @Test func samplesShowWhatIsAskedAndTaught() throws {
    let environment = try Successor.environment()
    let samples = try environment.samples(
      5, level: 1, split: .test, random: RandomStream(seed: 1))
    #expect(samples.count == 5)
    for sample in samples {
      let number = try #require(sample["key"]?.string.flatMap { Int($0) })
      #expect(sample["prompt"] == JSON("\(number)>"))
      #expect(sample["demonstration"] == JSON("\(number + 1)\n"))
      #expect(sample["level"] == "large")
    }
    #expect(Environment.sampleLines(samples).count == 6)
  }

  @Test func detailsAreReadBackAsTheSameEnvironment() throws {
    let environment = try Successor.environment()
    #expect(environment.details["fingerprint"] == JSON(environment.fingerprint))
    #expect(environment.detailLines.contains { $0.hasPrefix("huge") && $0.contains("1000000") })
    #expect(Environment.listLines([environment]).last?.contains("small large huge") == true)
  }
}
