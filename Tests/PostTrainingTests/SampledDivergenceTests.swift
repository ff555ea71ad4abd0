import Configuration
import LanguageModels
import NeuralNetworks
import Objectives
import TensorCore
import TestSupport
import Testing

@testable import PostTraining

/// The sampled reverse KL against the truth, without sampling noise: every completion of two tokens
/// is weighed by its probability, so that a sum over them is an expectation.
@Suite struct SampledDivergenceTests {
  private let models: Models
  private let lessons: [Distill.Lesson]
  private let setup: RunSetup

  init() throws {
    setup = try Workbench().setup(Workbench.config(["type": "distill"]))
    models = try setup.models()
    let policy = try models.bound()[.policy]
    let vocabulary = Int32(policy.vocabularySize)
    var completions: [Distill.Lesson.Completion] = []
    for first in 0..<vocabulary {
      for second in 0..<vocabulary {
        completions.append(.init(tokens: [first, second], isScored: [true, true]))
      }
    }
    var lesson = Distill.Lesson(prompt: [3, 5, 4], completions: completions)
    var packed = PackedTokens()
    packed.append(lesson)
    let logProbs = policy.statistics(of: packed, temperature: 1).logProbs.values
    for index in completions.indices {
      lesson.completions[index].behaviorLogProbs = Array(logProbs[2 * index..<2 * index + 2])
    }
    lessons = [lesson]
  }

  private func method(_ divergence: JSON) throws -> Distill {
    let setup = try Workbench().setup(
      Workbench.config(["type": "distill", "divergence": divergence]))
    let config = try #require(setup.config.stages.values[0].stage as? DistillConfig)
    return try Distill(config, setup.context(ofStage: "stage"))
  }

  /// The gradient by every weight of the student, end to end.
  private func gradient(
    _ loss: @escaping (BoundModels, PackedTokens) throws -> Tensor
  ) throws -> [Double] {
    var packed = PackedTokens()
    for lesson in lessons { packed.append(lesson) }
    var gradients = Weights()
    let architectures = models.architectures
    _ = try accumulateGradients(
      of: models.weights, trainable: [.policy: .all], into: &gradients
    ) { [packed] watched in
      (try loss(Models(architectures: architectures, weights: watched).bound(), packed), ())
    }
    let policy = try #require(gradients[.policy])
    return policy.names.flatMap { policy[$0]?.values.map(Double.init) ?? [] }
  }

  /// What the stage's objective makes of all completions, each weighed by its probability.
  private func expectedGradient(of method: Distill, _ lessons: [Distill.Lesson]) throws -> [Double]
  {
    let completions = lessons.flatMap(\.completions)
    let weights = completions.flatMap { completion in
      let probability = completion.behaviorLogProbs.reduce(0, +)
      return [Float](repeating: Tensor(probability).exponential().value, count: 2)
    }
    let sequences = completions.indices.flatMap { [Int32($0), Int32($0)] }
    let advantages = completions.flatMap(\.advantages).map { Float($0) }
    return try gradient { bound, packed in
      let batch = Distill.Batch(
        packed: packed, tokens: TrainedTokens(weights: Tensor(weights), sequences: sequences),
        sampled: (
          Tensor(completions.flatMap(\.behaviorLogProbs)),
          advantages.isEmpty ? nil : Tensor(advantages)
        ), isOnPolicy: true)
      return try method.objective(on: batch, with: bound).loss
    }
  }

  private func sampledGradient(discount: Double) throws -> [Double] {
    let method = try method(["type": "sampled", "discount": JSON(discount)])
    let sampled = try #require(method.config.divergence.block as? SampledReverseKL)
    var lessons = lessons
    _ = method.subtractDivergence(from: &lessons, sampled, try models.bound()[.teacher])
    return try expectedGradient(of: method, lessons)
  }

  /// Without a discount the expectation is Σ_t ∇KL(π(·|s_t) ‖ π_T(·|s_t)), prefixes held still: the
  /// exact form's gradient, to 1e-4 in norm (`Float` sums over some 400 completions).
  @Test func myopicIsTheExactGradient() throws {
    let exact = try expectedGradient(of: method(["type": "reverse_kl"]), lessons)
    #expect(relativeError(try sampledGradient(discount: 0), exact) < 1e-4)
  }

  /// With all that follows it is ∇ Σ_y π(y) log(π(y) / π_T(y)): the divergence of whole completions,
  /// through the prefixes too, which the other one is not.
  @Test func returnToGoIsTheSequencesGradient() throws {
    let lessons = lessons
    let whole = try gradient { bound, packed in
      func sequenceLogProbs(_ role: Role) -> Tensor {
        bound[role].statistics(of: packed, temperature: 1).logProbs
          .segmentSums(packed.targetSequences, count: lessons[0].completions.count)
      }
      let student = sequenceLogProbs(.policy)
      return (student.exponential() * (student - sequenceLogProbs(.teacher).detached)).sum()
    }
    #expect(relativeError(try sampledGradient(discount: 1), whole) < 1e-4)
    #expect(relativeError(try sampledGradient(discount: 0), whole) > 1e-2)
  }
}
