import Configuration
import Foundation
import TestSupport
import Testing
import Tokenizers

@Suite struct TokenizerTests {
  private func characters(_ text: String) throws -> CharacterTokenizer {
    try CharacterTokenizer(CharacterTokenizerConfig(characters: text))
  }

  @Test func configsAreWellFormed() {
    #expect(configProblems(in: CharacterTokenizerConfig.self) == [])
    #expect(configProblems(in: ByteTokenizerConfig.self) == [])
  }

  /// Ids: pad 0, eos 1, then the alphabet in its order from 2.
  @Test func charactersFollowTheSpecialTokens() throws {
    let tokenizer = try characters("0+é😀=")
    #expect(tokenizer.vocabularySize == 7)
    #expect(tokenizer.specialTokens.pad == 0 && tokenizer.specialTokens.eos == 1)
    #expect(tokenizer.specialTokens.bos == nil && tokenizer.specialTokens.prefix == [])
    #expect(try tokenizer.encode("0+é=😀") == [2, 3, 4, 6, 5])
    #expect(tokenizer.decode([0, 2, 4, 1, 5, 99]) == Array("0é😀".utf8))
    #expect(tokenizer.decode([2, 1], skipsSpecialTokens: false) == Array("0<eos>".utf8))
  }

  /// `e` + accent is two scalars and not the composed one; CR LF is two characters.
  @Test func textIsNotNormalized() throws {
    let tokenizer = try characters("\u{e9}e\u{301}\r\n")
    #expect(try tokenizer.encode("\u{e9}") == [2])
    #expect(try tokenizer.encode("e\u{301}") == [3, 4])
    #expect(try tokenizer.encode("\r\n\n") == [5, 6, 6])
  }

  @Test func unknownCharactersAreNamed() throws {
    let tokenizer = try characters("aé")
    let error = #expect(throws: TokenizerError.self) { try tokenizer.encode("éa b") }
    #expect(error == .unknownCharacter(" ", offset: 3))
    #expect(error?.description == "the tokenizer has no \" \" (U+0020, byte 3)")
    #expect(throws: TokenizerError.invalidUTF8(offset: 1)) {
      try tokenizer.encode([0x61, 0xc3, 0x61])
    }
  }

  @Test func plainTextIsNeverSpecial() throws {
    let tokenizer = try characters(
      "<eos>pad".reduce(into: "") { if !$0.contains($1) { $0.append($1) } })
    #expect(try tokenizer.encode("<eos>").count == 5)
    #expect(try tokenizer.encode(Array("a<eos>".utf8), matchesSpecialTokens: true).last == 1)
    #expect(try ByteTokenizer().encode("<eos>") == [60, 101, 111, 115, 62])
  }

  /// Every byte is its own id; pad 256, eos 257.
  @Test func bytesAreTheirIds() throws {
    let tokenizer = try ByteTokenizer()
    let all = (0..<256).map { UInt8($0) }
    #expect(tokenizer.vocabularySize == 258 && tokenizer.specialTokens.eos == 257)
    #expect(try tokenizer.encode(all) == (0..<256).map { Int32($0) })
    #expect(tokenizer.decode(try tokenizer.encode(all) + [257, 256]) == all)
  }

  @Test func namesOfSpecialTokensMustDiffer() throws {
    var config = ByteTokenizerConfig()
    config.bosToken = "<eos>"
    #expect(throws: ConfigError.self) { try ByteTokenizer(config) }
    #expect(throws: ConfigError.self) { try characters("aba") }
  }

  @Test func theEnvironmentMayGiveTheAlphabet() throws {
    let choice = try read(Choice.self, from: ["tokenizer": ["type": "characters"]]).tokenizer
    #expect(try makeTokenizer(choice, characters: "ab").vocabularySize == 4)
    #expect(throws: ConfigError.self) { try makeTokenizer(choice, characters: "") }
    #expect(try makeTokenizer(Variant("bytes"), characters: "ab").vocabularySize == 258)
  }

  private struct Choice: ConfigBlock {
    var tokenizer = Variant<TokenizerCatalog>()
    static let keys = [KeyDescription("tokenizer", "text to ids")]
  }
}

@Suite struct TokenizerFileTests {
  @Test(arguments: ["", "<bos>"])
  func filesReadBackAsTheSame(bos: String) throws {
    let directory = FileManager.default.temporaryDirectory
      .appending(path: "tokenizer-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: directory) }
    var characters = CharacterTokenizerConfig(characters: "0\"\\é\n")
    var bytes = ByteTokenizerConfig()
    (characters.bosToken, bytes.bosToken) = (bos, bos)
    let tokenizers: [any Tokenizer] = [
      try CharacterTokenizer(characters), try ByteTokenizer(bytes),
    ]
    for tokenizer in tokenizers {
      let file = tokenizer.file.text(pretty: true)
      let configuration = tokenizer.configuration(maximumLength: 64).text(pretty: true)
      try Data(file.utf8).write(to: directory.appending(path: "tokenizer.json"))
      try Data(configuration.utf8).write(to: directory.appending(path: "tokenizer_config.json"))
      let loaded = try loadTokenizer(at: directory.path)
      #expect(loaded.file.text(pretty: true) == file)
      #expect(loaded.specialTokens == tokenizer.specialTokens)
      #expect(loaded.vocabularySize == tokenizer.vocabularySize)
      let ids = try loaded.encodePrompt("\n0é\\")
      #expect(ids == (try tokenizer.encodePrompt("\n0é\\")))
      #expect(ids.first == (bos.isEmpty ? ids.first : tokenizer.specialTokens.bos))
      #expect(loaded.decode(ids) == Array("\n0é\\".utf8))
    }
  }

  /// Ids of the `tokenizers` library where a file splits by `.`, which matches no line end.
  @Test func lineEndsInARowAreOneUnknownWord() throws {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "Fixtures/checkpoints/arith_sft").path
    let tokenizer = try loadTokenizer(at: folder)
    let golden: [(String, [Int32])] = [
      ("12+34=46", [4, 5, 13, 6, 7, 17, 7, 9]), ("\n", [2]), ("1\n2", [4, 2, 5]),
      ("1\n\n2", [4, 2, 5]), ("\n\n\n", [2]), ("é1", [2, 4]), ("<eos>1", [1, 4]),
      ("1 <pad>", [4, 22, 0]),
    ]
    for (text, ids) in golden {
      #expect(try tokenizer.encode(Array(text.utf8), matchesSpecialTokens: true) == ids)
    }
    #expect(try readTokenizer(tokenizer.file).encode("1\n\n2") == [4, 2, 5])
  }

  /// Ids and texts of the `tokenizers` library for 306 strings.
  @Test func characterFileMatchesTheReference() throws {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "Fixtures/tokenizers").path
    let tokenizer = try loadTokenizer(at: "\(folder)/wordlevel_char/tokenizer.json")
    let strings = try JSON(contentsOfFile: "\(folder)/strings.json").decode([String].self)
    let golden = try JSON(contentsOfFile: "\(folder)/wordlevel_char/golden.json")
    #expect(strings.count == 306 && golden.array?.count == 306)
    #expect(tokenizer.vocabularySize == 123)
    for (index, string) in strings.enumerated() {
      let entry = try #require(golden[index])
      let ids = try tokenizer.encode(Array(string.utf8), matchesSpecialTokens: true)
      #expect(try ids == entry["ids"]?.decode([Int32].self))
      let decoded = try #require(entry["decoded"]?.string)
      let skipped = entry["decoded_skip"]?.string ?? decoded
      #expect(tokenizer.decode(ids, skipsSpecialTokens: false) == Array(decoded.utf8))
      #expect(tokenizer.decode(ids) == Array(skipped.utf8))
    }
  }

  @Test(arguments: [
    ("normalizer", #"{"type": "NFC"}"#, #"normalizer: expected null, found {"type":"NFC"}"#),
    ("truncation", #"{"max_length": 8}"#, #"truncation: expected null, found {"max_length":8}"#),
    ("version", #""2.0""#, #"version: expected "1.0", found "2.0""#),
    ("decoder", "null", #"decoder: expected {"type":"Fuse"}, found null"#),
    (
      "pre_tokenizer", #"{"type": "Whitespace"}"#,
      #"pre_tokenizer: expected {"type":"Split","pattern":{"Regex":"[\\s\\S]"},"#
        + #""behavior":"Isolated","invert":false} or {"type":"Split","pattern":{"Regex":"."},"#
        + #""behavior":"Isolated","invert":false}, found {"type":"Whitespace"}"#
    ),
    (
      "model", #"{"type": "Unigram", "vocab": []}"#,
      #"model.type: expected "WordLevel" or "BPE", found "Unigram""#
    ),
    (
      "model", #"{"type": "WordLevel", "vocab": {"a": 0, "b": 0}, "unk_token": ""}"#,
      #"model.vocab["b"]: expected an id of its own, found 0"#
    ),
    (
      "model", #"{"type": "WordLevel", "vocab": {"the": 9}, "unk_token": ""}"#,
      #"model.vocab.the: expected single characters and special tokens, found "the""#
    ),
    (
      "added_tokens",
      #"[{"id": 5, "content": "<x>", "single_word": false, "lstrip": true, "rstrip": false, "#
        + #""normalized": false, "special": true}]"#,
      "added_tokens[0].lstrip: expected false, found true"
    ),
    (
      "post_processor", #"{"type": "TemplateProcessing", "single": [], "special_tokens": {}}"#,
      "post_processor.single: expected special tokens and then the sequence A, "
        + "found an empty array"
    ),
  ])
  func whatIsNotSupportedIsRefusedByPath(key: String, value: String, message: String) throws {
    var file = try CharacterTokenizer(CharacterTokenizerConfig(characters: "ab")).file
    file[key] = try JSON(parsing: value)
    let error = #expect(throws: ConfigError.self) { try readTokenizer(file) }
    let text = error?.description ?? ""
    #expect(text.hasSuffix(message), "\(text)")
  }

  @Test func byteFilesNeedEveryByteAndNoMerge() throws {
    let file = try ByteTokenizer().file
    var merged = file
    merged["model"]?["merges"] = [["a", "b"]]
    #expect(throws: ConfigError.self) { try readTokenizer(merged) }
    var partial = file
    partial["model"]?["vocab"]?["Ā"] = nil  // byte 0
    #expect(throws: ConfigError.self) { try readTokenizer(partial) }
    #expect(try readTokenizer(file).vocabularySize == 258)
  }
}
