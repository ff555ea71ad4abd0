import Configuration

/// A value of a tokenizer file and its path, for exact refusals.
struct FilePart {
  let path: String
  let json: JSON

  func refusal(_ expected: String, found: String? = nil) -> ConfigError {
    ConfigError(
      path: path, reason: "expected \(expected), found \(found ?? json.summary)",
      location: json.location.description)
  }

  private func child(_ key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

  func part(_ key: String) throws(ConfigError) -> FilePart {
    guard let value = json[key] else {
      throw ConfigError(
        path: path, reason: "the key \"\(key)\" is missing", location: "\(json.location)")
    }
    return FilePart(path: child(key), json: value)
  }

  func elements() throws(ConfigError) -> [FilePart] {
    guard let array = json.array else { throw refusal("an array") }
    return array.indices.map { FilePart(path: "\(path)[\($0)]", json: array[$0]) }
  }

  /// The value must be one of these, but for the order of members.
  func expect(_ key: String, _ values: [JSON], isRequired: Bool = true) throws(ConfigError) {
    if !isRequired && json[key] == nil { return }
    let value = try part(key)
    let text = value.json.canonical
    guard values.contains(where: { $0.canonical == text }) else {
      let expected = values.map { $0.text() }.joined(separator: " or ")
      throw value.refusal(expected, found: value.json.shortText)
    }
  }

  func word(_ key: String, _ words: [String]) throws(ConfigError) -> String {
    try expect(key, words.map { JSON($0) })
    return json[key]?.string ?? ""
  }

  func refuseOthers(than keys: [String]) throws(ConfigError) {
    for member in json.members ?? [] where !keys.contains(member.key) {
      throw ConfigError(
        path: child(member.key), reason: "this is not supported",
        location: member.location.description)
    }
  }

  /// Tokens of `vocab` by rising id; ids must differ and be no negative.
  func vocabulary() throws(ConfigError) -> [(name: String, id: Int32)] {
    let part = try part("vocab")
    guard let members = part.json.members else { throw part.refusal("an object") }
    var words: [(name: String, id: Int32)] = []
    var seen = Set<Int32>()
    for member in members {
      let value = FilePart(path: "\(part.path)[\(JSON(member.key).text())]", json: member.value)
      guard let id = member.value.int.flatMap(Int32.init(exactly:)), id >= 0 else {
        throw value.refusal("an id")
      }
      guard seen.insert(id).inserted else { throw value.refusal("an id of its own") }
      words.append((member.key, id))
    }
    return words.sorted { $0.id < $1.id }
  }

  /// `added_tokens`; ids must agree with the vocabulary where that has the token.
  func addedTokens(words: [(name: String, id: Int32)]) throws(ConfigError) -> SpecialTokens {
    var known: [[UInt8]: Int32] = [:]
    for word in words { known[Array(word.name.utf8)] = word.id }
    var taken = Set(words.map(\.id))
    var tokens: [SpecialTokens.Token] = []
    for part in try part("added_tokens").elements() {
      for key in ["single_word", "lstrip", "rstrip"] { try part.expect(key, [false]) }
      let content = try part.part("content")
      let number = try part.part("id")
      let special = try part.part("special")
      guard let name = content.json.string, !name.isEmpty else {
        throw content.refusal("a name")
      }
      guard let id = number.json.int.flatMap(Int32.init(exactly:)), id >= 0 else {
        throw number.refusal("an id")
      }
      guard let isSpecial = special.json.bool else { throw special.refusal("true or false") }
      if let standing = known[Array(name.utf8)] {
        guard standing == id else { throw number.refusal("the vocabulary's id \(standing)") }
      } else {
        guard taken.insert(id).inserted else { throw number.refusal("an id of its own") }
        known[Array(name.utf8)] = id
      }
      tokens.append(SpecialTokens.Token(id: id, name: name, isSpecial: isSpecial))
    }
    return SpecialTokens(tokens)
  }

  /// What the post-processor puts before a single sequence; nothing may follow the sequence.
  func prefix(among special: SpecialTokens) throws(ConfigError) -> [Int32] {
    let part = try part("post_processor")
    if part.json.isNull { return [] }
    // ByteLevel only moves offsets, which are no part of the ids.
    if try part.word("type", ["TemplateProcessing", "ByteLevel"]) == "ByteLevel" { return [] }
    var pieces = try part.part("single").elements()
    guard let last = pieces.popLast(), last.json["Sequence"]?["id"]?.string == "A" else {
      throw try part.part("single").refusal("special tokens and then the sequence A")
    }
    let ids = try part.part("special_tokens")
    var prefix: [Int32] = []
    for piece in pieces {
      guard let name = piece.json["SpecialToken"]?["id"]?.string else {
        throw piece.refusal("a special token")
      }
      for id in try ids.part(name).part("ids").elements() {
        guard let value = id.json.int.flatMap(Int32.init(exactly:)), special.token(value) != nil
        else { throw id.refusal("the id of an added token") }
        prefix.append(value)
      }
    }
    return prefix
  }
}

extension JSON {
  /// The text for an error message, where it is short enough.
  fileprivate var shortText: String {
    let text = text()
    return text.utf8.count <= 120 ? text : summary
  }
}
