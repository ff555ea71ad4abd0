import Configuration
import Foundation
import LanguageModels
import NeuralNetworks
import TensorCore
import TestSupport
import Testing

/// Adapters that PEFT wrote, with what it computes from them; tolerances are the fixtures' README's.
@Suite struct AdapterDirectoryTests {
  static let names = ["qv_r4", "all_linear_rslora"]

  /// An adapter of the fixtures on its base.
  struct Adapted {
    let base: ReferenceModel
    let path: String
    let architecture: Architecture
    let parameters: Parameters
    let warnings: [String]

    init(_ name: String) throws { try self.init(at: Fixture.url("lora/\(name)").path) }

    init(at path: String) throws {
      base = try ReferenceModel("llama_gqa_untied")
      self.path = path
      (architecture, parameters, warnings) = try AdapterDirectory.load(
        path, on: base.architecture, base.parameters)
    }
  }

  @Test(arguments: names) func logitsAgree(_ name: String) throws {
    let adapted = try Adapted(name)
    #expect(adapted.warnings == [])
    let reference = try ReferenceModel.file("lora/\(name)/reference.safetensors")
    let ids = try ReferenceModel.integers("input_ids", in: reference)
    let model = try adapted.architecture.model(adapted.parameters)
    let logits = model.logits(of: ids).flatMap { $0 }
    #expect(largestDifference(logits, try reference.tensor("adapter_logits").values) <= 3e-4)
    let plain = try adapted.base.model().logits(of: ids).flatMap { $0 }
    #expect(largestDifference(plain, logits) > 0.01)
    let (architecture, merged) = adapted.architecture.merged(adapted.parameters)
    let mergedLogits = try architecture.model(merged).logits(of: ids).flatMap { $0 }
    #expect(largestDifference(mergedLogits, try reference.tensor("merged_logits").values) <= 3e-4)
    let weight = try #require(merged["model.layers.0.self_attn.q_proj.weight"]).values
    let expected = try reference.tensor("merged_q_proj_layer0").values
    #expect(largestDifference(weight, expected) <= 1e-6)
  }

  @Test(arguments: names) func gradientsAgree(_ name: String) throws {
    let adapted = try Adapted(name)
    let reference = try ReferenceModel.file("lora/\(name)/reference.safetensors")
    let expected = try ReferenceModel.file("lora/\(name)/reference_grads.safetensors")
    var packed = PackedTokens()
    for sequence in try ReferenceModel.integers("input_ids", in: reference) {
      packed.append(whole: sequence)
    }
    let tokens = packed
    var weights = Weights()
    weights[.policy] = adapted.parameters
    var gradients = Weights()
    let loss = try accumulateGradients(
      of: weights, trainable: [.policy: .adapters], into: &gradients
    ) { weights in
      let model = try adapted.architecture.model(try #require(weights[.policy]))
      let logProbs = model.statistics(of: tokens, temperature: 1).logProbs
      let loss = logProbs.sum() * (-1 / Float(logProbs.count))
      return (loss, loss.value)
    }
    #expect(abs(loss - (try reference.tensor("loss").value)) <= 1e-5)
    let found = try #require(gradients[.policy])
    #expect(found.names.count == expected.header.entries.count)
    for entry in expected.header.entries {
      let name = try #require(found.names.first { entry.name.hasSuffix($0) })
      let pairs = zip(
        try #require(found[name]).values, try expected.tensor(entry.name).values)
      #expect(pairs.allSatisfy { abs($0 - $1) <= 1e-4 + 1e-3 * abs($1) }, "\(name)")
    }
  }

  /// What we write of PEFT's adapter has its tensors, bit for bit, and is read back the same.
  @Test(arguments: names) func whatIsWrittenIsReadBack(_ name: String) throws {
    let adapted = try Adapted(name)
    let files = AdapterDirectory.files(of: adapted.architecture, adapted.parameters, base: "..")
    let weights = try #require(files.first { $0.path == AdapterDirectory.weightsFile }).bytes
    #expect(
      Data(weights) == (try Data(contentsOf: URL(filePath: "\(adapted.path)/\(files[1].path)"))))
    try inTemporaryDirectory { folder in
      for (file, bytes) in files {
        try Data(bytes).write(to: URL(filePath: "\(folder)/\(file)"))
      }
      let again = try Adapted(at: folder)
      #expect(again.architecture.adapter == adapted.architecture.adapter)
      #expect(again.parameters.isIdentical(to: adapted.parameters))
      #expect(try AdapterDirectory.basePath(folder) == "..")
      let own = try AdapterDirectory.parameters(weights, name: "")
      #expect(own.isIdentical(to: adapted.parameters.adapters))
    }
  }

  struct Refusal: Sendable, CustomTestStringConvertible {
    var old, new, key, found, expected: String
    var testDescription: String { new }
  }

  static let refusals = [
    Refusal(
      old: #""r": 4"#, new: #""r": 2"#,
      key: "base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight", found: "[4, 32]",
      expected: "[2, 32] for r 2"),
    Refusal(
      old: #""q_proj""#, new: #""c_attn""#, key: "target_modules", found: "\"c_attn\"",
      expected: "layers of the base: down_proj, gate_proj, k_proj, o_proj, q_proj, up_proj, v_proj"),
    Refusal(
      old: #""q_proj""#, new: #""lm_head""#, key: "target_modules", found: "\"lm_head\"",
      expected: "layers of the base: down_proj, gate_proj, k_proj, o_proj, q_proj, up_proj, v_proj"),
    Refusal(
      old: #""q_proj""#, new: #""k_proj""#,
      key: "base_model.model.model.layers.0.self_attn.k_proj.lora_A.weight",
      found: "no such weight", expected: "one for each layer that target_modules names"),
    Refusal(
      old: #""q_proj","#, new: "",
      key: "base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight",
      found: "a weight of no such layer",
      expected: "adapters of layers that the base has and target_modules names"),
    Refusal(
      old: #""use_dora": false"#, new: #""use_dora": true"#, key: "use_dora", found: "true",
      expected: "nothing: it is not supported"),
    Refusal(
      old: #""rank_pattern": {}"#, new: #""rank_pattern": {"q_proj": 2}"#, key: "rank_pattern",
      found: "an object", expected: "nothing: it is not supported"),
    Refusal(
      old: #""init_lora_weights": true"#, new: #""init_lora_weights": "pissa""#,
      key: "init_lora_weights", found: "the string \"pissa\"",
      expected: "one that leaves the base's weights: true, false or gaussian, orthogonal, eva"),
    Refusal(
      old: #""peft_type": "LORA""#, new: #""peft_type": "IA3""#, key: "peft_type",
      found: "the string \"IA3\"", expected: "\"LORA\""),
  ]

  @Test(arguments: refusals) func whatWouldComputeSomethingElseIsRefused(
    _ refusal: Refusal
  ) throws {
    try inTemporaryDirectory { folder in
      try Self.copy("qv_r4", to: folder)
      try Self.edit(folder, refusal.old, refusal.new)
      let error = try #require(throws: ModelDirectoryError.self) { try Adapted(at: folder) }
      #expect(error.key == refusal.key && error.found == refusal.found, "\(error)")
      #expect(error.expected == refusal.expected)
    }
  }

  /// A lone A, an adapter of a wider base, one of a deeper base.
  @Test func weightsThatDoNotFitAreNamed() throws {
    let adapted = try Adapted("qv_r4")
    let first = "model.layers.0.self_attn.q_proj.lora_"
    func refusal(_ change: (inout Parameters) -> Void) throws -> ModelDirectoryError {
      var own = adapted.parameters.adapters
      change(&own)
      return try inTemporaryDirectory { folder in
        for (file, bytes) in AdapterDirectory.files(of: adapted.architecture, own, base: "..") {
          try Data(bytes).write(to: URL(filePath: "\(folder)/\(file)"))
        }
        return try #require(throws: ModelDirectoryError.self) { try Adapted(at: folder) }
      }
    }
    let alone = try refusal { $0["\(first)B.weight"] = nil }
    #expect(alone.key == "base_model.model.\(first)B.weight")
    #expect(alone.found == "no such weight, only its pair")
    let wide = try refusal { $0["\(first)A.weight"] = .zeros([4, 48]) }
    #expect(wide.found == "[4, 48]")
    #expect(wide.expected == "[4, 32] on this base; it was made for another")
    let deep = try refusal {
      $0["model.layers.2.self_attn.q_proj.lora_A.weight"] = .zeros([4, 32])
    }
    #expect(deep.found == "a weight of no such layer")
  }

  /// What changes nothing that we compute is accepted, and what is not read is said.
  @Test func whatIsLeftOutIsSaid() throws {
    try inTemporaryDirectory { folder in
      try Self.copy("qv_r4", to: folder)
      try Self.edit(folder, #""lora_dropout": 0.0"#, #""lora_dropout": 0.1, "new_key": [1]"#)
      let warnings = try Adapted(at: folder).warnings
      #expect(warnings.count == 2)
      #expect(warnings[0].hasSuffix("new_key is not known and is not read"))
      #expect(warnings[1].hasSuffix("lora_dropout 0.1 is left out, in training too"))
    }
  }

  private static func copy(_ name: String, to folder: String) throws {
    for file in [AdapterDirectory.configFile, AdapterDirectory.weightsFile] {
      try Fixture.data("lora/\(name)/\(file)").write(to: URL(filePath: "\(folder)/\(file)"))
    }
  }

  private static func edit(_ folder: String, _ old: String, _ new: String) throws {
    let file = URL(filePath: "\(folder)/\(AdapterDirectory.configFile)")
    let text = try String(contentsOf: file, encoding: .utf8)
    #expect(text.components(separatedBy: old).count == 2)
    try text.replacingOccurrences(of: old, with: new).write(
      to: file, atomically: true, encoding: .utf8)
  }
}
