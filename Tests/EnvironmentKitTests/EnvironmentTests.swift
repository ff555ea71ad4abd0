import Configuration
import EnvironmentKit
import Randomness
import Testing

@Suite struct EnvironmentTests {
  private func errors(_ changes: JSON) -> String {
    do {
      _ = try Successor.environment(changes)
      return ""
    } catch {
      return "\(error)"
    }
  }

  @Test func filesAreReadStrictly() throws {
    #expect(errors(["taks": "arith"]).contains("task"))
    #expect(errors(["task": "sucessor"]).contains("did you mean \"successor\"?"))
    #expect(errors(["version": 0]).contains("version"))
    #expect(errors(["kind": "jsonl"]).contains("\"jsonl\" is not in this version"))
    #expect(errors(["kind": "mixture"]).contains("not in this version"))
    #expect(errors(["format": "rl-env-file/2"]).contains("rl-env-file/1"))
    #expect(errors(["prompt": ["template": "?"]]).contains("prompt.template"))
    #expect(errors(["split": ["eval": 0.5, "test": 0.5]]).contains("split.eval"))
    #expect(errors(["extract": ["type": "tagg"]]).contains("did you mean \"tag\"?"))
    #expect(errors(["extract": ["type": "first_line", "occurrence": "last"]]).contains("extract"))
    #expect(errors(["levels": [["name": "a", "params": ["limits": 3]]]]).contains("limit"))
    #expect(errors(["levels": [["name": "a"], ["name": "a"]]]).contains("two levels"))
    #expect(errors([:]) == "")
  }

  @Test func errorsPointIntoTheFile() throws {
    let text = "{\n  \"format\": \"rl-env-file/1\",\n  \"nmae\": \"x\"\n}"
    let error = #expect(throws: ConfigErrors.self) {
      try Environment(JSON(parsing: text, file: "bad.json"), catalog: [Successor.self])
    }
    #expect(error?.description.contains("bad.json:3:") == true)
    #expect(error?.description.contains("\"name\"") == true)
  }

  @Test func aMissingLevelNamesTheNearest() throws {
    let environment = try Successor.environment()
    #expect(try environment.level(named: "large") == 1)
    let error = #expect(throws: ConfigError.self) { try environment.level(named: "lagre") }
    #expect(error?.reason.contains("did you mean \"large\"?") == true)
  }

  @Test func theFingerprintIsOfWhatTheFileMeans() throws {
    let plain = try Successor.environment()
    #expect(plain.fingerprint.utf8.count == 64)
    let spelledOut = try Successor.environment(["split": ["eval": 0.1], "kind": "builtin"])
    #expect(spelledOut.fingerprint == plain.fingerprint)
    #expect(
      try Successor.environment(["split": ["salt": "v2"]]).fingerprint != plain.fingerprint)
    #expect(try Successor.environment(["params": ["limit": 7]]).fingerprint == plain.fingerprint)
  }

  /// A checkpoint keeps the file with its defaults, which has to mean the same when read again.
  @Test func theResolvedFileReadsAsItself() throws {
    let plain = try Successor.environment()
    let again = try Environment(plain.resolved, catalog: [Successor.self])
    #expect(again.resolved.text() == plain.resolved.text())
    #expect(again.fingerprint == plain.fingerprint)
    #expect(errors(["task_version": JSON(Successor.version)]) == "")
    #expect(errors(["task_version": JSON(Successor.version + 1)]).contains("task_version"))
  }

  @Test func drawsComeFromTheirSplit() throws {
    let environment = try Successor.environment()
    var random = RandomStream(seed: 3)
    for split in Split.allCases {
      for _ in 0..<200 {
        let problem = try environment.problem(level: 1, split: split, using: &random)
        #expect(environment.split(of: problem) == split)
      }
    }
  }

  /// One key has one side, so two of the three splits are empty.
  @Test func anEmptySplitNamesItsLevel() throws {
    let environment = try Successor.environment([
      "levels": [["name": "one", "params": ["limit": 1]]]
    ])
    var random = RandomStream(seed: 3)
    var errors: [String] = []
    for split in Split.allCases {
      do {
        _ = try environment.problem(level: 0, split: split, using: &random)
      } catch {
        errors.append(error.reason)
      }
    }
    #expect(errors.count == 2)
    #expect(errors.allSatisfy { $0.contains("\"one\"") })
  }

  @Test func distinctProblemsAreAllThereAre() throws {
    let environment = try Successor.environment()
    let parts = Split.allCases.map {
      environment.distinctProblems(level: 0, split: $0, atMost: .max).map(\.key)
    }
    #expect(parts.joined().count == 1000)
    #expect(Set(parts.joined()).count == 1000)
    let counts = environment.keyCounts(level: 0, atMost: 5000)
    #expect(counts.isComplete && counts.counts[.eval] == parts[1].count)
  }

  @Test func aShorterListIsAPrefix() throws {
    let environment = try Successor.environment()
    let long = environment.distinctProblems(level: 1, split: .eval, atMost: 60)
    #expect(long.count == 60)
    #expect(environment.distinctProblems(level: 1, split: .eval, atMost: 25) == Array(long[..<25]))
  }

  @Test func allLevelsTakeTurns() throws {
    let environment = try Successor.environment()
    let items = environment.distinctItems(levels: [0, 1, 2], split: .test, atMost: 90)
    #expect(items.count == 90 && Set(items.map(\.problem.key)).count == 90)
    for level in 0..<3 { #expect((25...35).contains(items.filter { $0.level == level }.count)) }
  }

  @Test func theAlphabetIsWhatCanBeWritten() throws {
    let environment = try Successor.environment(["prompt": ["template": "Q{question}"]])
    #expect(String(environment.alphabet) == "\n0123456789>Q")
  }

  /// Answers 1, 1, 2: the constant 1 scores 2/3.
  @Test func theFloorIsTheBestConstant() throws {
    let problems = ["1", "2", "1"].enumerated().map {
      Problem(key: "\($0.offset)", question: "?", answer: $0.element)
    }
    let floor = try Successor.environment().constantFloor(of: problems)
    #expect(floor.answer == "1" && floor.score == 2.0 / 3)
  }
}
