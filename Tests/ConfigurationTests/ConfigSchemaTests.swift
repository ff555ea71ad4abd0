import Configuration
import Testing

@Suite struct ConfigSchemaTests {
  @Test func describesKeysRangesAndDefaults() throws {
    let schema = try schema(for: Run.self)
    let properties = try #require(schema["properties"])
    #expect(
      properties["seed"]?.text()
        == #"{"type":"integer","minimum":0,"description":"chooses all random draws","default":0}"#)
    #expect(properties["rollouts"]?["enum"]?.text() == #"["all","none"]"#)
    #expect(properties["tags"]?["items"]?["type"]?.string == "string")
    #expect(properties["weights"]?["additionalProperties"]?["minimum"]?.int == 0)
    #expect(properties["gates"]?["items"]?["$ref"]?.string == "#/$defs/Optimizers")
    #expect(schema["additionalProperties"]?.bool == false)
    let stage = properties["stages"]?["additionalProperties"]?["properties"]
    #expect(stage?["epsilon"]?["exclusiveMaximum"]?.int == 1)
    #expect(stage?["scale_rewards"]?["default"]?.string == "group")
  }

  @Test func writesChoicesAsOneOf() throws {
    let choices = try #require(try schema(for: Stage.self)["$defs"]?["Optimizers"]?["oneOf"])
    #expect(choices.array?.count == 2)
    #expect(choices[0]?["properties"]?["type"]?["const"]?.string == "adamw")
    #expect(choices[0]?["required"] == nil)
    #expect(choices[1]?["required"]?.text() == #"["type"]"#)
    #expect(choices[1]?["properties"]?["learning_rate"]?["exclusiveMinimum"]?.int == 0)
  }

  @Test func enumerationsListTheirCases() throws {
    let scale = try schema(for: Stage.self)["properties"]?["scale_rewards"]
    #expect(scale?["enum"]?.text() == #"["none","group","batch"]"#)
  }
}
