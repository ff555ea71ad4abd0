import Configuration
import Foundation
import Testing

@Suite struct OverrideTests {
  private let file = #"{"seed": 1, "stages": {"s": {"epsilon": 0.1}}, "gates": [{"type": "sgd"}]}"#

  private func run(_ arguments: String...) throws -> Run {
    let json = try JSON(parsing: file, file: "f")
    let defaults = try JSON(encoding: Run())
    return try read(
      Run.self, from: json.applying(try arguments.map { try Override($0) }, defaults: defaults))
  }

  @Test func setsByPath() throws {
    let run = try run(
      "stages.s.optimizer.learning_rate=1e-4", "stages.t.num_generations=3", "weights.b=2",
      #"tags=["x"]"#, "is_tied=true")
    #expect((run.stages["s"]?.optimizer.block as? Adam)?.learningRate == 1e-4)
    #expect(run.stages["s"]?.epsilon == 0.1 && run.stages["t"]?.numGenerations == 3)
    #expect(run.weights == ["a": 1, "b": 2] && run.tags == ["x"] && run.isTied)
  }

  @Test(arguments: ["007", "true", "null", "1e3", "[1]", "a=b", "", "plain words"])
  func stringsStayStrings(text: String) throws {
    #expect(try run("name=\(text)").name == text)
  }

  @Test func quotesAndWordsMayBothBeTyped() throws {
    #expect(try run(#"name="007""#).name == "007")
    #expect(try run("rollouts=none").rollouts == "none")
    #expect(throws: ConfigErrors.self) { try run("seed=one") }
    #expect(throws: ConfigErrors.self) { try run(#"stages={"s":{"preset":7}}"#) }
  }

  @Test func indexesElements() throws {
    let json = #"gates=[{"type":"sgd"},{"type":"adamw"}]"#
    let run = try run(json, "gates[1].learning_rate=2", "~gates[0]")
    #expect(run.gates.count == 1 && (run.gates[0].block as? Adam)?.learningRate == 2)
  }

  @Test func indexesElementsOfDefaults() throws {
    let json = try JSON(parsing: "{}").applying(
      [try Override("gates[0].momentum=0.5")], defaults: JSON(encoding: Run()))
    let run = try read(Run.self, from: json)
    #expect((run.gates[0].block as? Descent)?.momentum == 0.5)
  }

  @Test func tildeReturnsToTheDefault() throws {
    #expect(try run("~seed").seed == 0)
    #expect(try run("~stages.s.epsilon").stages["s"]?.epsilon == 0.2)
  }

  @Test(arguments: [
    ("stages.s.epsilom=0", "stages.s.epsilom: unknown key; did you mean \"epsilon\"?"),
    ("stagess.s.epsilon=0", "stagess: unknown key; did you mean \"stages\"?"),
    ("seed=1.5", "seed: expected an integer in 0..., found 1.5"),
    ("seed.x=1", "\"x\" is asked of 1, which has no keys"),
    ("gates[4].x=1", "[4] is asked of 1 elements"),
    ("~name", "nothing to delete: no file sets \"name\""),
    ("seed", "expected key=value or ~key"), ("a..b=1", "a key is empty"), ("=1", "a key is empty"),
    ("gates[x]=1", "expected an index such as [0]"),
    ("gates[00]=1", "expected an index such as [0]"),
  ])
  func errorsNameTheArgument(argument: String, message: String) {
    do {
      _ = try run(argument)
      Issue.record("\(argument) was accepted")
    } catch {
      #expect("\(error)" == "command line: \(argument): \(message)")
    }
  }

  @Test func filesMergeFromLeftToRight() throws {
    let base = try JSON(parsing: #"{"a": {"b": 1, "c": [1, 2]}, "o": {"type": "x", "k": 1}}"#)
    let overlay = try JSON(parsing: #"{"a": {"c": [3], "d": null}, "o": {"type": "y"}}"#)
    #expect(
      base.merging(overlay).text() == #"{"a":{"b":1,"c":[3],"d":null},"o":{"type":"y"}}"#)
  }

  @Test func filesAreFoundInOrder() throws {
    let root = FileManager.default.temporaryDirectory.appending(path: "config-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: root) }
    func write(_ name: String) throws {
      let file = root.appending(path: name)
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data("{\"name\": \"\(name)\"}".utf8).write(to: file)
    }
    let folders = ConfigFolders(
      workingDirectory: root.appending(path: "work").path,
      packageRoot: root.appending(path: "package").path)
    func found() throws -> String? {
      try JSON(contentsOfFile: folders.locate("a.json", .configs, beside: "sub/run.json"))["name"]?
        .string
    }
    for name in ["package/Configs", "work/Configs", "work/sub", "work"] {
      try write("\(name)/a.json")
      #expect(try found() == "\(name)/a.json")
    }
    // A file that names one called as itself means another.
    let other = try folders.locate("a.json", .configs, beside: "a.json")
    #expect(other == root.appending(path: "work/Configs/a.json").path)
    let error = #expect(throws: ConfigError.self) {
      try folders.locate("b.json", .configs, path: "environment")
    }
    #expect(error?.description == "environment: no file \"b.json\"; did you mean \"a.json\"?")
    #expect(folders.list(.configs).count == 1)
    try write("package/Configs/start/config.json")
    let start = root.appending(path: "package/Configs/start").path
    #expect(folders.locateDirectory("start", .configs) == start)
    #expect(folders.locateDirectory("a.json", .configs) == nil)
    #expect(throws: ConfigErrors.self) { try JSON(contentsOfFile: root.path) }
  }
}
