import Configuration

/// The JSON Schema of a run's file as users write it: what `resolveRun` reads, short forms too.
///
/// Beside the run's own keys: a single stage's `type` and keys at the top, keys at the top that
/// stages share, and a model by its checkpoint alone.
public func runSchema() throws(ConfigError) -> JSON {
  var schema = try schema(for: RunConfig.self)
  guard var properties = schema["properties"], var definitions = schema["$defs"],
    let stages = definitions["\(AlgorithmCatalog.self)"]?["oneOf"]?.array,
    let models = definitions["\(ModelCatalog.self)"]?["oneOf"]?.array
  else { throw ConfigError(path: "", reason: "the schema has no choice of stages or models") }
  properties["type"] = [
    "enum": JSON(AlgorithmCatalog.entries.map { JSON($0.name) }),
    "description": "the algorithm of a single stage, whose keys then stand here",
  ]
  for (key, choices) in sharedKeys(of: stages) where properties[key] == nil {
    properties[key] =
      choices.count == 1 ? choices[0] : JSON(members: [("anyOf", JSON(choices))])
  }
  definitions["\(ModelCatalog.self)"] = ["oneOf": JSON(models.map(namedByCheckpoint))]
  schema["properties"] = properties
  schema["$defs"] = definitions
  schema["not"] = ["required": ["type", "stages"]]
  return schema
}

/// Each key of a stage with what it may be, without the defaults, in which stages differ.
private func sharedKeys(of stages: [JSON]) -> [(key: String, choices: [JSON])] {
  var shared: [(key: String, choices: [JSON])] = []
  for member in stages.flatMap({ $0["properties"]?.members ?? [] }) where member.key != "type" {
    var choice = member.value
    choice["default"] = nil
    if let index = shared.firstIndex(where: { $0.key == member.key }) {
      if !shared[index].choices.contains(choice) { shared[index].choices.append(choice) }
    } else {
      shared.append((member.key, [choice]))
    }
  }
  return shared
}

/// The key `checkpoint` says the type.
private func namedByCheckpoint(_ choice: JSON) -> JSON {
  guard choice["properties"]?["type"]?["const"]?.string == CheckpointModel.name else {
    return choice
  }
  var choice = choice
  choice["required"] = ["checkpoint"]
  return choice
}
