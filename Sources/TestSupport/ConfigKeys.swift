import Configuration

/// What is wrong with a block's metadata: expect the empty array.
///
/// The described keys are the coding keys in their order, the defaults and presets are inside the
/// ranges and valid, and resolving what was resolved changes no byte.
public func configProblems<Block: ConfigBlock>(in type: Block.Type) -> [String] {
  var problems: [String] = []
  do {
    let defaults = try JSON(encoding: Block())
    let coded = defaults.members?.map(\.key) ?? []
    let described = type.keys.map(\.key)
    if coded != described { problems.append("keys: described \(described), coded \(coded)") }
    problems += type.keys.filter(\.meaning.isEmpty).map { "\($0.key): no meaning" }
    problems += instabilities(of: type, from: defaults)
    for preset in type.presets.keys.sorted() {
      problems += instabilities(of: type, from: ["preset": JSON(preset)])
    }
    _ = try schema(for: type)
  } catch {
    problems.append("\(error)")
  }
  return problems
}

private func instabilities<Block: ConfigBlock>(of type: Block.Type, from json: JSON) -> [String] {
  do {
    let once = try resolve(type, from: json).json().text(pretty: true)
    let twice = try resolve(type, from: JSON(parsing: once)).json().text(pretty: true)
    return once == twice ? [] : ["resolving again changes\n\(once)\nto\n\(twice)"]
  } catch {
    return ["\(json.text()): \(error)"]
  }
}
