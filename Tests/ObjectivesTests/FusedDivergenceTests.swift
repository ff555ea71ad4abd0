import Foundation
import Objectives
import TensorCore
import TestSupport
import Testing

/// Divergences as the fused head computes them, against TRL's and against the oracles in `Double`.
@Suite struct FusedDivergenceTests {
  /// Logits as hidden states: a head that changes nothing.
  private static func identity(_ width: Int) -> Tensor {
    var values = [Float](repeating: 0, count: width * width)
    for index in 0..<width { values[index * width + index] = 1 }
    return Tensor(values, shape: [width, width])
  }

  private static func matrix(_ rows: [[Double]]) -> Tensor {
    Tensor(rows.joined().map { Float($0) }, shape: [rows.count, rows[0].count])
  }

  /// The divergence of each row, and the gradient of their weighed sum by the student's logits.
  private func fused(
    _ divergence: VocabularyDivergence, _ student: [[Double]], _ teacher: [[Double]],
    temperature: Double, weight: Double
  ) -> (values: [Float], gradient: Tensor) {
    let head = Self.identity(student[0].count)
    let other = OtherDistribution(
      hidden: Self.matrix(teacher), head: head, divergence: divergence)
    func statistics(_ hidden: Tensor) -> TokenStatistics {
      hidden.tokenStatistics(
        head: head, rows: student.indices.map { Int32($0) },
        tokens: student.map { _ in 0 }, temperature: Float(temperature), other: other)
    }
    let logits = Self.matrix(student)
    let slope = gradient(of: logits) { statistics($0).divergences.sum() * Float(weight) }
    return (statistics(logits).divergences.values, slope)
  }

  /// The `gkd` family of the goldens: every beta, temperature, reduction and mask.
  @Test func jensenShannonMatchesGKD() throws {
    let golden = try LossFixtures.shared.get().gkd
    let width = golden.inputs.studentLogits[0][0].count
    for (index, expected) in golden.cases.enumerated() {
      let labels = Array(golden.inputs.labels.joined())
      let rows = labels.indices.filter { !expected.labels || labels[$0] != -100 }
      func chosen(_ table: [[[Double]]]) -> [[Double]] {
        let flat = Array(table.joined())
        return rows.map { flat[$0] }
      }
      let divisors = [
        "sum": 1, "batchmean": Double(rows.count), "mean": Double(rows.count * width),
      ]
      let divisor = try #require(divisors[expected.reduction])
      let (values, slope) = fused(
        VocabularyDivergence(.jensenShannon(beta: Float(expected.beta), isNormalized: false)),
        chosen(golden.inputs.studentLogits), chosen(golden.inputs.teacherLogits),
        temperature: expected.temperature, weight: 1 / divisor)
      let loss = Float(values.reduce(0.0) { $0 + Double($1) } / divisor)
      #expect(isClose(loss, expected.loss, relative: 1e-4), "case \(index)")
      expectClose(
        slope, chosen(expected.gradStudent).flatMap { $0 }, "case \(index)")
    }
  }

  /// Student (.7, .2, .1), teacher (.5, .3, .2), as the specification works them out; normalized, no
  /// beta is far from its neighbours.
  @Test(arguments: [
    (0, 0.0920329, 0.0920329), (0.1, 0.0081848, 0.0909417), (0.5, 0.0219012, 0.0876047),
    (0.9, 0.0076947, 0.0854965), (1, 0.0851228, 0.0851228),
  ])
  func theWorkedExample(_ beta: Double, _ value: Double, _ normalized: Double) {
    let (student, teacher) = ([0.7, 0.2, 0.1].map { log($0) }, [0.5, 0.3, 0.2].map { log($0) })
    for (isNormalized, expected) in [(false, value), (true, normalized)] {
      let kind = VocabularyDivergence.Kind.jensenShannon(
        beta: Float(beta), isNormalized: isNormalized)
      let found = fused(
        VocabularyDivergence(kind), [student], [teacher], temperature: 1, weight: 1
      ).values
      #expect(abs(Double(found[0]) - expected) < 3e-7, "\(found), \(expected)")
    }
  }

  /// The ends are limits: at β = 1e-5 from them, value and gradient are those of the whole
  /// divergences to a share of 1e-4, where a quotient of rounded sums would keep no digit.
  @Test(arguments: [(Float(1e-5), VocabularyDivergence.forwardKL), (1 - 1e-5, .reverseKL)])
  func normalizedThereIsNoJump(_ beta: Float, _ end: VocabularyDivergence) {
    let (student, teacher) = (Self.logits(5, 9, seed: 1), Self.logits(5, 9, seed: 2))
    let near = fused(
      VocabularyDivergence(.jensenShannon(beta: beta, isNormalized: true)), student, teacher,
      temperature: 1, weight: 1)
    let whole = fused(end, student, teacher, temperature: 1, weight: 1)
    for (a, b) in zip(near.values, whole.values) { #expect(abs(a / b - 1) < 1e-3, "\(a), \(b)") }
    let error = relativeError(
      near.gradient.values.map(Double.init), whole.gradient.values.map(Double.init))
    #expect(error < 1e-3)
  }

  static let kinds: [VocabularyDivergence.Kind] = [
    .reverseKL, .forwardKL, .jensenShannon(beta: 0.3, isNormalized: false),
    .jensenShannon(beta: 0.3, isNormalized: true), .jensenShannon(beta: 0.8, isNormalized: true),
    .crossEntropy(smoothing: 0), .crossEntropy(smoothing: 0.2),
  ]

  private static func logits(_ rows: Int, _ width: Int, seed: Int) -> [[Double]] {
    (0..<rows).map { row in
      (0..<width).map { 3 * sin(Double(seed * 31 + row * 17 + $0 * 7)) }
    }
  }

  /// Values and gradients against the row-wise oracles; top-k with temperatures that differ.
  @Test(arguments: kinds, [0, 1, 3, 7, 8])
  func oraclesAgree(_ kind: VocabularyDivergence.Kind, topK: Int) {
    let (student, teacher) = (Self.logits(6, 9, seed: 3), Self.logits(6, 9, seed: 4))
    let (values, slope) = fused(
      VocabularyDivergence(kind, topK: topK, otherTemperature: 1.7), student, teacher,
      temperature: 0.8, weight: 1)
    var gradient: [Double] = []
    for (row, value) in values.enumerated() {
      let p = Distribution(logits: student[row], temperature: 0.8)
      let q = Distribution(logits: teacher[row], temperature: 1.7)
      guard (1..<8).contains(topK) else {
        let (expected, own) = Self.oracle(kind, p, q)
        #expect(isClose(value, expected, relative: 1e-5))
        gradient += own
        continue
      }
      let chosen = q.mostProbable(topK)
      let coarse = p.bucketed(keeping: chosen)
      let (expected, own) = Self.oracle(kind, coarse, q.bucketed(keeping: chosen))
      #expect(isClose(value, expected, relative: 1e-5))
      gradient += p.spread(own, over: chosen)
    }
    expectClose(slope, gradient, "\(kind), top \(topK)")
  }

  private static func oracle(
    _ kind: VocabularyDivergence.Kind, _ p: Distribution, _ q: Distribution
  ) -> (Double, [Double]) {
    switch kind {
    case .none: (0, p.logProbs.map { _ in 0 })
    case .reverseKL: (p.divergence(from: q), p.gradientOfDivergence(from: q))
    case .forwardKL: (q.divergence(from: p), p.gradientOfForwardDivergence(from: q))
    case .jensenShannon(let beta, true):
      (
        p.normalizedJensenShannonDivergence(teacher: q, beta: Double(beta)),
        p.gradientOfNormalizedJensenShannonDivergence(teacher: q, beta: Double(beta))
      )
    case .jensenShannon(let beta, false):
      (
        p.jensenShannonDivergence(teacher: q, beta: Double(beta)),
        p.gradientOfJensenShannonDivergence(teacher: q, beta: Double(beta))
      )
    case .crossEntropy(let smoothing):
      (
        p.crossEntropy(teacher: q, smoothing: Double(smoothing)),
        p.gradientOfCrossEntropy(teacher: q, smoothing: Double(smoothing))
      )
    }
  }

  /// A student that gives the teacher's two likeliest tokens more than the teacher does is not pulled
  /// back by them alone (verl's form, whose terms are dropped below 0): the bucket pulls it.
  @Test func theBucketSeesWhatLiesOutside() {
    let student = [[0.6, 0.39, 0.005, 0.005].map { log($0) }]
    let teacher = [[0.4, 0.3, 0.2, 0.1].map { log($0) }]
    let (values, slope) = fused(
      VocabularyDivergence(.forwardKL, topK: 2), student, teacher, temperature: 1, weight: 1)
    let alone = 0.4 * log(0.4 / 0.6) + 0.3 * log(0.3 / 0.39)
    #expect(alone < 0)
    #expect(abs(Double(values[0]) - (alone + 0.3 * log(0.3 / 0.01))) < 1e-6)
    // ∂KL/∂z: p − q over the buckets; the two unseen tokens share 0.01 − 0.3 evenly.
    expectClose(slope, [0.2, 0.09, -0.145, -0.145], "over-covered")
  }

  /// Merging outcomes raises no divergence, and telling more tokens apart lowers none.
  @Test(arguments: kinds.prefix(5)) func coarserIsSmaller(_ kind: VocabularyDivergence.Kind) {
    let (student, teacher) = (Self.logits(20, 9, seed: 5), Self.logits(20, 9, seed: 6))
    var last = [Float](repeating: 0, count: 20)
    for topK in [1, 2, 4, 6, 0] {
      let values = fused(
        VocabularyDivergence(kind, topK: topK), student, teacher, temperature: 1, weight: 1
      ).values
      #expect(zip(values, last).allSatisfy { $0 >= $1 - 1e-6 }, "\(topK)")
      last = values
    }
  }

  /// Hinton's distillation: at a high temperature the cross-entropy's gradient goes as
  /// (z − v) / (V τ²) for centred logits z and v.
  @Test func hotLabelsMatchLogits() {
    let (z, v) = ([1.0, -0.5, -0.5], [0.25, 0.5, -0.75])
    let temperature = 500.0
    let (_, slope) = fused(
      VocabularyDivergence(.crossEntropy(smoothing: 0)), [z], [v], temperature: temperature,
      weight: temperature * temperature)
    for (found, expected) in zip(slope.values, zip(z, v).map { ($0 - $1) / 3 }) {
      #expect(abs(Double(found) - expected) < 2e-2, "\(found), \(expected)")
    }
  }
}
