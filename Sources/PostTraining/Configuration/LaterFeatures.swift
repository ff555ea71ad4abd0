import Configuration

/// What the design has and this version lacks, or what a stage must not have: refused by name with
/// the reason, never ignored.
func laterFeatures(in json: JSON) -> [ConfigError] {
  var errors: [ConfigError] = []
  func refuse(_ json: JSON, _ path: String, _ reason: String) {
    errors.append(
      ConfigError(path: path, reason: reason, location: json.location.description))
  }
  func refuse(members keys: [String], of json: JSON?, at path: String, _ reason: String) {
    for member in json?.members ?? [] where keys.contains(member.key) {
      refuse(member.value, path.isEmpty ? member.key : "\(path).\(member.key)", reason)
    }
  }
  func refuse(_ names: [String], as key: String, of json: JSON, at path: String) {
    guard let value = json[key], let name = value.string, names.contains(name) else { return }
    refuse(value, path.isEmpty ? key : "\(path).\(key)", "\(name) is not in this version")
  }
  if let reference = json["models"]?["reference"] {
    refuse(["moving"], as: "type", of: reference, at: "models.reference")
  }
  let stages = (json["stages"]?.members ?? []).map { (path: "stages.\($0.key)", json: $0.value) }
  for (path, stage) in [(path: "", json: json)] + stages {
    refuse(
      members: ["top_k", "top_p", "min_p", "repetition_penalty"], of: stage, at: path,
      "belongs to \"evaluation\": a filter would sample another distribution than is trained")
    let shaping = path.isEmpty ? "shaping" : "\(path).shaping"
    for (index, shaper) in (stage["shaping"]?.array ?? []).enumerated() {
      refuse(["potential"], as: "type", of: shaper, at: "\(shaping)[\(index)]")
    }
  }
  return errors
}
