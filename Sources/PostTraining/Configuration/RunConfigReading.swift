import Configuration

/// A run's configuration as read, with where each value came from.
public typealias ResolvedRun = Resolution<RunConfig>

/// Reads a run's JSON: stages may be left out, and blocks at the top hold for every stage.
public func resolveRun(_ json: JSON) throws(ConfigErrors) -> ResolvedRun {
  try resolve(RunConfig.self, from: try normalized(json))
}

/// The same run with `stages` written out, each with all that it reads.
///
/// A key at the top that is not the run's belongs to every stage that knows it and lacks it; one
/// that no stage knows is refused by the reader, as it stands.
public func normalized(_ json: JSON) throws(ConfigErrors) -> JSON {
  guard let members = json.members else { return json }
  var run: [JSON.Member] = []
  var shared: [JSON.Member] = []
  let known = RunConfig.keys.map(\.key) + ["$schema", "$comment"]
  for member in members {
    if let version = laterKeys[member.key] {
      throw ConfigErrors([
        ConfigError(
          path: member.key, reason: "not in this version: \(version)",
          location: member.location.description)
      ])
    }
    if known.contains(member.key) { run.append(member) } else { shared.append(member) }
  }
  var result = JSON(.object(run), location: json.location)
  if let model = json["model"], model["checkpoint"] != nil, model["type"] == nil {
    result["model"] = JSON(
      .object([.init(key: "type", value: JSON(CheckpointModel.name))] + (model.members ?? [])),
      location: model.location)
  }
  if json["stages"] == nil {
    guard let type = json["type"] else {
      throw ConfigErrors([
        ConfigError(
          path: "stages", reason: "expected \"stages\", or the \"type\" of a single stage",
          location: json.location.description)
      ])
    }
    result["stages"] = JSON(
      .object([
        .init(
          key: type.string ?? "stage", value: JSON(.object(shared), location: json.location),
          location: json.location)
      ]), location: json.location)
    return result
  }
  return distributing(shared, over: result)
}

/// Keys of the design that later versions bring: refused by name, never ignored.
private let laterKeys = [
  "diagnostics": "figures that need further forwards"
]

private func distributing(_ shared: [JSON.Member], over run: JSON) -> JSON {
  var result = run
  guard let stages = run["stages"], let entries = stages.members else { return result }
  var unread = shared
  let completed = entries.map { entry -> JSON.Member in
    guard let type = entry.value["type"]?.string, let own = entry.value.members,
      let block = AlgorithmCatalog.entries.first(where: { $0.name == type })?.block
    else { return entry }
    let keys = block.keys.map(\.key)
    unread.removeAll { keys.contains($0.key) }
    let added = shared.filter { member in
      keys.contains(member.key) && !own.contains { $0.key == member.key }
    }
    var completed = entry
    completed.value = JSON(.object(own + added), location: entry.value.location)
    return completed
  }
  result["stages"] = JSON(.object(completed), location: stages.location)
  if !unread.isEmpty {
    result = JSON(.object((result.members ?? []) + unread), location: run.location)
  }
  return result
}
