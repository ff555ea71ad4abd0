import Configuration
import Foundation
import NeuralNetworks
import TestSupport
import Testing

struct ScheduleTests {
  struct Golden: Decodable {
    struct Rates: Decodable { let lr: [Double] }
    let baseLr: Double
    let warmupSteps, trainingSteps: Int
    let schedules: [String: Rates]
  }

  static let schedules: [String: any Schedule] = {
    var (linear, cosine, constant) = (LinearSchedule(), CosineSchedule(), ConstantSchedule())
    linear.warmupSteps = 5
    cosine.warmupSteps = 5
    constant.warmupSteps = 5
    return [
      "linear": linear, "cosine": cosine, "constant_with_warmup": constant,
      "constant": ConstantSchedule(),
    ]
  }()

  @Test(arguments: schedules.keys.sorted())
  func matchesTransformers(name: String) throws {
    let golden = try Fixture.json("optim/schedules.json", as: Golden.self)
    let schedule = try #require(Self.schedules[name])
    let expected = try #require(golden.schedules[name]).lr
    #expect(expected.count == 33)
    for (step, rate) in expected.enumerated() {
      let found = schedule.learningRate(
        peak: golden.baseLr, step: step, total: golden.trainingSteps)
      #expect(abs(found - rate) < 1e-9, "step \(step)")
    }
  }

  /// A quarter of the way: ¾, and (1 + cos 45°) / 2.
  @Test func fallsInItsOwnShape() {
    #expect(LinearSchedule().learningRate(peak: 2, step: 25, total: 100) == 1.5)
    let cosine = CosineSchedule().learningRate(peak: 2, step: 25, total: 100)
    #expect(abs(cosine - (1 + 0.5.squareRoot())) < 1e-15)
  }

  @Test(arguments: [0, 1, 7]) func warmUpLongerThanTheRunStaysFinite(total: Int) {
    for schedule in Self.schedules.values {
      for step in 0..<12 {
        let rate = schedule.learningRate(peak: 1, step: step, total: total)
        #expect((0...1).contains(rate))
      }
    }
  }

  @Test func keysAreTheEncodedKeys() throws {
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    let blocks: [any Schedule] = [ConstantSchedule(), LinearSchedule(), CosineSchedule()]
    for block in blocks {
      let object = try JSONSerialization.jsonObject(with: encoder.encode(block))
      let keys = try #require(object as? [String: Any]).keys.sorted()
      #expect(type(of: block).keys.map(\.key).sorted() == keys)
    }
  }
}
