import Configuration
import Testing

@testable import PostTraining

/// Editors are told of every form that a run's file may take.
@Suite struct RunConfigSchemaTests {
  @Test func everyKeyThatMayStandAtTheTopIsThere() throws {
    let schema = try runSchema()
    let keys = Set(schema["properties"]?.members?.map(\.key) ?? [])
    let stages = AlgorithmCatalog.entries.flatMap { $0.block.keys.map(\.key) }
    let own = RunConfig.keys.map(\.key)
    #expect(keys == Set(own + stages + ["type", "$schema", "$comment"]))
    #expect(schema["additionalProperties"]?.bool == false)
    #expect(schema["not"]?.text() == #"{"required":["type","stages"]}"#)
  }

  /// `max_steps` means the same to all stages but for its default; `ld_alpha` is read by one.
  @Test func sharedKeysHaveNoDefault() throws {
    let properties = try #require(try runSchema()["properties"])
    #expect(
      properties["max_steps"]?.text()
        == #"{"type":"integer","minimum":1,"description":"optimizer steps of the stage"}"#)
    #expect(properties["ld_alpha"]?["maximum"]?.int == 1)
    #expect(properties["type"]?["enum"]?.array?.compactMap(\.string).contains("grpo") == true)
    #expect(properties["seed"]?["default"]?.int == 0)
  }

  @Test func aCheckpointNamesItsType() throws {
    let models = try runSchema()["$defs"]?["ModelCatalog"]?["oneOf"]?.array ?? []
    let checkpoint = models.first { $0["properties"]?["type"]?["const"]?.string == "checkpoint" }
    #expect(checkpoint?["required"]?.text() == #"["checkpoint"]"#)
  }
}
