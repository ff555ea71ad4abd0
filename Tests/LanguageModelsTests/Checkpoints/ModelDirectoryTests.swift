import Configuration
import Foundation
import LanguageModels
import NeuralNetworks
import TensorCore
import TestSupport
import Testing

@Suite struct ModelDirectoryTests {
  private static func temporaryCopy(of name: String) throws -> URL {
    let target = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try FileManager.default.copyItem(at: Fixture.url("models/\(name)"), to: target)
    return target
  }

  /// Replaces a text that stands in `config.json` once.
  private static func edit(_ directory: URL, _ old: String, _ new: String) throws {
    let file = directory.appendingPathComponent("config.json")
    let text = try String(contentsOf: file, encoding: .utf8)
    #expect(text.components(separatedBy: old).count == 2)
    try text.replacingOccurrences(of: old, with: new).write(
      to: file, atomically: true, encoding: .utf8)
  }

  @Test func bothSpellingsDescribeOneModel() throws {
    let directory = try Self.temporaryCopy(of: "llama_rope_llama3")
    defer { try? FileManager.default.removeItem(at: directory) }
    let new = try ModelDirectory.load(directory.path)
    let config = directory.appendingPathComponent("config.json")
    try FileManager.default.removeItem(at: config)
    try FileManager.default.moveItem(
      at: directory.appendingPathComponent("config_v4_style.json"), to: config)
    let old = try ModelDirectory.load(directory.path)
    let expected = try #require(new.architecture.config as? LlamaConfig)
    #expect(old.architecture.config as? LlamaConfig == expected)
    #expect(expected.ropeScaling.ropeType == .llama3)
    #expect(expected.ropeScaling.originalMaxPositionEmbeddings == 16)
    #expect(old.parameters.isIdentical(to: new.parameters))
    #expect(new.architecture.vocabularySize == 97)
  }

  @Test func shardsMakeOneModel() throws {
    let loaded = try ModelDirectory.load(Fixture.url("models/llama_sharded").path)
    #expect(loaded.parameters.names.first == "lm_head.weight")
    #expect(loaded.parameters.count == 25_312)
    #expect(loaded.warnings.isEmpty)
  }

  @Test func tokenIdsMayBeAList() throws {
    let directory = try Self.temporaryCopy(of: "llama_gqa_tied")
    defer { try? FileManager.default.removeItem(at: directory) }
    let ids = try ModelDirectory.tokenIds(directory.path)
    #expect(ids.bos == 1 && ids.eos == [2] && ids.pad == 0)
    try FileManager.default.removeItem(
      at: directory.appendingPathComponent("generation_config.json"))
    try Self.edit(directory, "\"eos_token_id\": 2", "\"eos_token_id\": [2, 7]")
    #expect(try ModelDirectory.tokenIds(directory.path).eos == [2, 7])
    _ = try ModelDirectory.load(directory.path)
  }

  struct Refusal: Sendable, CustomTestStringConvertible {
    var old, new, key, found, expected: String
    var testDescription: String { new }
  }

  static let refusals = [
    Refusal(
      old: "\"silu\"", new: "\"gelu\"", key: "hidden_act", found: "the string \"gelu\"",
      expected: "\"silu\""),
    Refusal(
      old: "\"attention_bias\": false", new: "\"attention_bias\": true", key: "attention_bias",
      found: "true", expected: "false"),
    Refusal(
      old: "\"mlp_bias\": false", new: "\"mlp_bias\": true", key: "mlp_bias", found: "true",
      expected: "false"),
    Refusal(
      old: "\"default\"", new: "\"yarn\"", key: "rope_parameters.rope_type",
      found: "the string \"yarn\"", expected: "\"default\" or \"llama3\""),
    Refusal(
      old: "\"model_type\": \"llama\"", new: "\"model_type\": \"mamba\"", key: "model_type",
      found: "the string \"mamba\"", expected: "\"llama\""),
    Refusal(
      old: "\"hidden_size\": 32,", new: "", key: "hidden_size", found: "nothing",
      expected: "an integer, at least 1"),
    Refusal(
      old: "\"rope_parameters\"", new: "\"rope_theta\": 5e5, \"rope_parameters\"",
      key: "rope_parameters", found: "an object",
      expected: "what rope_theta and rope_scaling say"),
    Refusal(
      old: "\"eos_token_id\": 2", new: "\"eos_token_id\": \"</s>\"", key: "eos_token_id",
      found: "the string \"</s>\"", expected: "a token id or a list of them"),
    Refusal(
      old: "\"LlamaForCausalLM\"", new: "\"LlamaForSequenceClassification\"",
      key: "architectures", found: "[\"LlamaForSequenceClassification\"]",
      expected: "[\"LlamaForCausalLM\"]"),
  ]

  @Test(arguments: refusals) func whatWouldChangeTheLogitsIsRefused(_ refusal: Refusal) throws {
    let directory = try Self.temporaryCopy(of: "llama_gqa_untied")
    defer { try? FileManager.default.removeItem(at: directory) }
    try Self.edit(directory, refusal.old, refusal.new)
    let expected = ModelDirectoryError(
      file: "\(directory.path)/config.json", key: refusal.key, found: refusal.found,
      expected: refusal.expected)
    #expect(throws: expected) { try ModelDirectory.load(directory.path) }
  }

  @Test func aWeightIsMissingOrOfAnotherShape() throws {
    let directory = try Self.temporaryCopy(of: "llama_gqa_tied")
    defer { try? FileManager.default.removeItem(at: directory) }
    try Self.edit(directory, "\"vocab_size\": 97", "\"vocab_size\": 98")
    #expect(
      throws: ModelDirectoryError(
        file: directory.path, key: "model.embed_tokens.weight", found: "[97, 32]",
        expected: "a weight of [98, 32]")
    ) { try ModelDirectory.load(directory.path) }
    try Self.edit(directory, "\"vocab_size\": 98", "\"vocab_size\": 97")
    try Self.edit(
      directory, "\"tie_word_embeddings\": true", "\"tie_word_embeddings\": false")
    #expect(
      throws: ModelDirectoryError(
        file: directory.path, key: "lm_head.weight", found: "no such weight", expected: "one")
    ) { try ModelDirectory.load(directory.path) }
  }

  @Test func aWeightTooManyIsLeftOutAndNamed() throws {
    let directory = try Self.temporaryCopy(of: "llama_gqa_untied")
    defer { try? FileManager.default.removeItem(at: directory) }
    try Self.edit(
      directory, "\"tie_word_embeddings\": false", "\"tie_word_embeddings\": true")
    let loaded = try ModelDirectory.load(directory.path)
    #expect(loaded.parameters["lm_head.weight"] == nil)
    #expect(loaded.warnings.count == 1 && loaded.warnings[0].contains("lm_head.weight"))
  }

  /// What is written is read as the same architecture and the same bits, and written again as the
  /// same bytes.
  @Test(arguments: ReferenceModel.names) func aRoundTripChangesNothing(_ name: String) throws {
    let model = try ReferenceModel(name)
    let files = ModelDirectory.files(
      of: model.architecture, parameters: model.parameters, tokenIds: (bos: 1, eos: 2, pad: nil))
    let directory = FileManager.default.temporaryDirectory.appendingPathComponent(
      UUID().uuidString)
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: directory) }
    for file in files {
      try Data(file.bytes).write(to: directory.appendingPathComponent(file.path))
    }
    let again = try ModelDirectory.load(directory.path)
    #expect(again.warnings.isEmpty)
    #expect(again.parameters.isIdentical(to: model.parameters))
    #expect(again.parameters.names == model.parameters.names)
    #expect(try again.architecture.model(again.parameters).vocabularySize == 97)
    let rewritten = ModelDirectory.files(
      of: again.architecture, parameters: again.parameters, tokenIds: (bos: 1, eos: 2, pad: nil))
    #expect(rewritten.map(\.path) == files.map(\.path))
    #expect(rewritten.map(\.bytes) == files.map(\.bytes))
    let ids = try ModelDirectory.tokenIds(directory.path)
    #expect(ids.bos == 1 && ids.eos == [2] && ids.pad == nil)
  }

  @Test func parametersAreReadFromTheirBytes() throws {
    var parameters = Parameters()
    parameters["m.a"] = Tensor([1, -0.0, .infinity, 0x1p-149], shape: [2, 2])
    parameters["step"] = Tensor(7)
    let again = try Parameters(safetensors: parameters.safetensorsBytes, name: "moments")
    #expect(again.isIdentical(to: parameters))
    #expect(throws: SafetensorsError.self) {
      try Parameters(safetensors: Array(parameters.safetensorsBytes.dropLast()))
    }
  }
}
