import Foundation
import Objectives
import Testing

struct DistributionTests {
  static let student = Distribution(probabilities: [0.7, 0.2, 0.1])
  static let teacher = Distribution(probabilities: [0.5, 0.3, 0.2])

  @Test(arguments: [
    (0.0, 0.0920329), (0.1, 0.0081848), (0.5, 0.0219012), (0.9, 0.0076947), (1, 0.0851228),
  ])
  func jensenShannonMatchesTheWorkedExample(beta: Double, value: Double) {
    let found = Self.student.jensenShannonDivergence(teacher: Self.teacher, beta: beta)
    #expect(abs(found - value) < 1e-7)
  }

  /// Four equally likely tokens: each has log-probability -log 4, and so does the entropy.
  @Test func uniformLogitsGiveTheUniformDistribution() {
    let uniform = Distribution(logits: [7, 7, 7, 7], temperature: 3)
    #expect(uniform.logProbs.allSatisfy { abs($0 + 1.3862943611198906) < 1e-15 })
    #expect(abs(uniform.entropy - 1.3862943611198906) < 1e-15)
  }

  /// Logits this far apart overflow a naive exponential.
  @Test func farLogitsStayFinite() {
    let sure = Distribution(logits: [1000, 0, -1000])
    #expect(sure.logProbs == [0, -1000, -2000])
    #expect(sure.entropy == 0)
    #expect(sure.gradientOfEntropy == [0, 0, 0])
  }

  @Test func logProbsAndEntropyMatchTorch() throws {
    let golden = try LossFixtures.shared.get().logprob
    let inputs = golden.inputs
    #expect(golden.cases.count == 2)
    for expected in golden.cases {
      for (i, row) in inputs.logits.enumerated() {
        for (t, logits) in row.enumerated() {
          let found = Distribution(logits: logits, temperature: expected.temperature)
          let token = inputs.ids[i][t]
          #expect(abs(found.logProbs[token] - expected.logps[i][t]) < 1e-9)
          #expect(abs(found.entropy - expected.entropy[i][t]) < 1e-9)
          let logProb = found.gradientOfLogProb(at: token).map { $0 * inputs.w[i][t] }
          expectEqual(logProb, expected.gradLogitsOfSumWLogps[i][t])
          let entropy = found.gradientOfEntropy.map { $0 * inputs.we[i][t] }
          expectEqual(entropy, expected.gradLogitsOfSumWeEntropy[i][t])
        }
      }
    }
  }

  /// `batchmean` divides by the unmasked tokens, `mean` by their vocabulary entries too.
  @Test func divergencesMatchGKD() throws {
    let golden = try LossFixtures.shared.get().gkd
    #expect(golden.cases.count == 30)
    for expected in golden.cases {
      let rows = unmaskedRows(of: golden.inputs, labels: expected.labels)
      let width = golden.inputs.studentLogits[0][0].count
      let divisors = [
        "sum": 1, "batchmean": Double(rows.count), "mean": Double(rows.count * width),
      ]
      let divisor = try #require(divisors[expected.reduction])
      var loss = 0.0
      for (i, t) in rows {
        let student = Distribution(
          logits: golden.inputs.studentLogits[i][t], temperature: expected.temperature)
        let teacher = Distribution(
          logits: golden.inputs.teacherLogits[i][t], temperature: expected.temperature)
        let beta = expected.beta
        loss += student.jensenShannonDivergence(teacher: teacher, beta: beta) / divisor
        let gradient = student.gradientOfJensenShannonDivergence(teacher: teacher, beta: beta)
        expectEqual(gradient.map { $0 / divisor }, expected.gradStudent[i][t])
      }
      #expect(abs(loss - expected.loss) < 1e-9)
    }
  }

  private func unmaskedRows(of inputs: LossFixtures.GKD.Inputs, labels: Bool) -> [(Int, Int)] {
    inputs.labels.indices.flatMap { i in
      inputs.labels[i].indices.filter { !labels || inputs.labels[i][$0] != -100 }.map { (i, $0) }
    }
  }

  private func expectEqual(_ found: [Double], _ expected: [Double]) {
    #expect(found.count == expected.count)
    for (a, b) in zip(found, expected) { #expect(abs(a - b) < 1e-9) }
  }
}

extension Distribution {
  init(probabilities: [Double]) { self.init(logits: probabilities.map { log($0) }) }
}
