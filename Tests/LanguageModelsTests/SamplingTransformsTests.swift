import LanguageModels
import TestSupport
import Testing

@Suite struct SamplingTransformsTests {
  struct File: Decodable {
    struct Case: Decodable {
      struct Options: Decodable {
        var temperature, topP, minP, repetitionPenalty: Double?
        var topK: Int?
      }
      var options: Options
      var logits: [[Double?]]  // null is -infinity
      var probs: [[Double]]
    }
    var inputIds: [[Int32]]
    var logits: [[Double]]
    var cases: [Case]
  }

  /// The same tokens removed, the others' scores and probabilities within 1e-5, in all 22 cases.
  @Test func agreesWithTransformers() throws {
    let file = try Fixture.json("sampling/sampling.json", as: File.self)
    #expect(file.cases.count == 22)
    for golden in file.cases {
      var config = SamplingConfig()
      config.temperature = golden.options.temperature ?? 1
      config.topK = golden.options.topK ?? 0
      config.topP = golden.options.topP ?? 1
      config.minP = golden.options.minP ?? 0
      config.repetitionPenalty = golden.options.repetitionPenalty ?? 1
      for (row, logits) in file.logits.enumerated() {
        let scores = SamplingTransforms(config)(logits, seen: file.inputIds[row])
        let probabilities = softmax(scores)
        for (index, expected) in golden.logits[row].enumerated() {
          #expect((scores[index] == -.infinity) == (expected == nil), "\(golden.options)")
          if let expected { #expect(abs(scores[index] - expected) <= 1e-5, "\(golden.options)") }
          #expect(abs(probabilities[index] - golden.probs[row][index]) <= 1e-5)
        }
      }
    }
  }
}
