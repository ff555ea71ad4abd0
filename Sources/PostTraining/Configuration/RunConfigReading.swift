import Configuration

/// A run's configuration as read, with where each value came from.
public typealias ResolvedRun = Resolution<RunConfig>

/// Reads a run's JSON: stages may be left out, and blocks at the top hold for every stage.
public func resolveRun(_ json: JSON) throws(ConfigErrors) -> ResolvedRun {
  let later = laterFeatures(in: json)
  if !later.isEmpty { throw ConfigErrors(later) }
  let (run, unread) = normalized(json)
  do {
    let resolved = try resolve(RunConfig.self, from: run)
    if unread.isEmpty { return resolved }
  } catch {
    throw ConfigErrors(unread + error.errors)
  }
  throw ConfigErrors(unread)
}

/// The same run with `stages` written out, each with all that it reads; and the keys of the top
/// that nothing reads.
///
/// A key at the top that is not the run's belongs to every stage that knows it and lacks it.
func normalized(_ json: JSON) -> (run: JSON, unread: [ConfigError]) {
  guard let members = json.members else { return (json, []) }
  let known = RunConfig.keys.map(\.key) + ["$schema", "$comment"]
  var run = JSON(.object(members.filter { known.contains($0.key) }), location: json.location)
  var shared = members.filter { !known.contains($0.key) }
  if let model = json["model"], model["checkpoint"] != nil, model["type"] == nil {
    run["model"] = JSON(
      .object([.init(key: "type", value: JSON(CheckpointModel.name))] + (model.members ?? [])),
      location: model.location)
  }
  if json["stages"] == nil {
    guard let type = json["type"] else {
      let reason = "expected \"stages\", or the \"type\" of a single stage"
      return (run, [ConfigError(path: "stages", reason: reason, location: "\(json.location)")])
    }
    shared.removeAll { $0.key == "type" }
    let stage = JSON(.object([.init(key: "type", value: type)]), location: json.location)
    let name = type.string ?? AlgorithmCatalog.standard
    run["stages"] = JSON(.object([.init(key: name, value: stage)]), location: json.location)
  }
  return distributing(shared, over: run)
}

private func distributing(
  _ shared: [JSON.Member], over run: JSON
) -> (run: JSON, unread: [ConfigError]) {
  var run = run
  guard let stages = run["stages"], let entries = stages.members else { return (run, []) }
  var unread = shared
  var candidates = RunConfig.keys.map(\.key)
  let completed = entries.map { entry -> JSON.Member in
    let type = entry.value["type"] ?? JSON(AlgorithmCatalog.standard)
    guard let own = entry.value.members, let keys = stageKeys(of: type.string) else {
      unread = []  // a type that does not exist is error enough
      return entry
    }
    candidates += keys
    unread.removeAll { keys.contains($0.key) }
    let added = shared.filter { member in
      keys.contains(member.key) && !own.contains { $0.key == member.key }
    }
    var completed = entry
    completed.value = JSON(.object(own + added), location: entry.value.location)
    return completed
  }
  run["stages"] = JSON(.object(completed), location: stages.location)
  return (run, unread.map { refusal(of: $0, candidates) })
}

private func stageKeys(of type: String?) -> [String]? {
  AlgorithmCatalog.entries.first { $0.name == type }?.block.keys.map(\.key)
}

private func refusal(of member: JSON.Member, _ candidates: [String]) -> ConfigError {
  let readers = AlgorithmCatalog.entries.filter {
    $0.block.keys.contains { $0.key == member.key }
  }
  var reason = "unknown key, which no stage reads"
  if !readers.isEmpty {
    reason = "no stage reads it; \(readers.map(\.name).joined(separator: ", ")) would"
  } else if let near = nearest(to: member.key, among: candidates) {
    reason += "; did you mean \"\(near)\"?"
  }
  return ConfigError(path: member.key, reason: reason, location: member.location.description)
}
