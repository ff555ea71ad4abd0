import Configuration
import Foundation

/// Reads a `tokenizer.json`, or a directory that holds one and perhaps a `tokenizer_config.json`.
public func loadTokenizer(at path: String) throws(ConfigErrors) -> any Tokenizer {
  let files = FileManager.default
  let isDirectory = (try? files.contentsOfDirectory(atPath: path)) != nil
  let file = try JSON(contentsOfFile: isDirectory ? "\(path)/tokenizer.json" : path)
  let beside = "\(path)/tokenizer_config.json"
  var configuration: JSON?
  if isDirectory && files.fileExists(atPath: beside) {
    configuration = try JSON(contentsOfFile: beside)
  }
  do {
    return try readTokenizer(file, configuration: configuration)
  } catch {
    throw ConfigErrors([error])
  }
}

/// The tokenizer of a `tokenizer.json`; what it cannot do exactly is refused by its path.
///
/// Without `configuration` no special token has a role.
public func readTokenizer(
  _ file: JSON, configuration: JSON? = nil
) throws(ConfigError) -> any Tokenizer {
  let root = FilePart(path: "", json: file)
  try root.expect("version", ["1.0"])
  for key in ["truncation", "padding", "normalizer"] { try root.expect(key, [.null]) }
  let model = try root.part("model")
  let kind = try model.word("type", ["WordLevel", "BPE"])
  let words = try model.vocabulary()
  var special = try root.addedTokens(words: words)
  special.prefix = try root.prefix(among: special)
  if let configuration {
    special.pad = try configuration.role("pad_token", among: special)
    special.eos = try configuration.role("eos_token", among: special)
    special.bos = try configuration.role("bos_token", among: special)
  }
  return kind == "BPE"
    ? try byteTokenizer(root, model, words, special)
    : try characterTokenizer(root, model, words, special)
}

private func characterTokenizer(
  _ root: FilePart, _ model: FilePart, _ words: [(name: String, id: Int32)],
  _ special: SpecialTokens
) throws(ConfigError) -> CharacterTokenizer {
  try root.expect("pre_tokenizer", [characterSplit, characterSplitInLines])
  try root.expect("decoder", [["type": "Fuse"]])
  try model.refuseOthers(than: ["type", "vocab", "unk_token"])
  let unknown = try model.part("unk_token")
  guard let name = unknown.json.string else { throw unknown.refusal("a string") }
  for word in words where word.name.unicodeScalars.count != 1 {
    let isName = special.id(named: word.name) != nil || word.name.utf8.elementsEqual(name.utf8)
    guard isName else {
      throw try model.part("vocab").part(word.name).refusal(
        "single characters and special tokens", found: JSON(word.name).text())
    }
  }
  return CharacterTokenizer(
    words: words, specialTokens: special, unknownName: name,
    joinsLineEnds: root.json["pre_tokenizer"]?.canonical == characterSplitInLines.canonical)
}

private func byteTokenizer(
  _ root: FilePart, _ model: FilePart, _ words: [(name: String, id: Int32)],
  _ special: SpecialTokens
) throws(ConfigError) -> ByteTokenizer {
  for key in ["pre_tokenizer", "decoder"] {
    let part = try root.part(key)
    try part.expect("type", ["ByteLevel"])
    if key == "pre_tokenizer" {
      try part.expect("add_prefix_space", [false])
      try part.expect("use_regex", [false])
    }
  }
  try model.expect("merges", [[]])
  for key in ["dropout", "unk_token", "continuing_subword_prefix", "end_of_word_suffix"] {
    try model.expect(key, [.null], isRequired: false)
  }
  for key in ["fuse_unk", "byte_fallback", "ignore_merges"] {
    try model.expect(key, [false], isRequired: false)
  }
  var byName: [[UInt8]: Int32] = [:]
  for word in words { byName[Array(word.name.utf8)] = word.id }
  var ids: [Int32] = []
  for character in byteAlphabet {
    guard let id = byName[Array(character.utf8)] else {
      throw try model.part("vocab").refusal(
        "all 256 characters of the byte alphabet", found: "no \(JSON(character).text())")
    }
    ids.append(id)
  }
  let others = words.count - 256 - words.count { special.id(named: $0.name) != nil }
  guard others == 0 else {
    throw try model.part("vocab").refusal("bytes alone", found: "\(others) more tokens")
  }
  return ByteTokenizer(ids: ids, specialTokens: special)
}

extension JSON {
  /// The id of the token that `tokenizer_config.json` gives this role: a string or an object.
  fileprivate func role(
    _ key: String, among special: SpecialTokens
  ) throws(ConfigError) -> Int32? {
    guard let value = self[key], !value.isNull else { return nil }
    let part = FilePart(path: key, json: value)
    guard let name = value.string ?? value["content"]?.string else {
      throw part.refusal("a token's name")
    }
    guard let id = special.id(named: name) else {
      throw part.refusal("one of the added tokens", found: JSON(name).text())
    }
    return id
  }
}
