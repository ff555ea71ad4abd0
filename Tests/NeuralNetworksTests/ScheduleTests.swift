import Configuration
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

  /// `schedule` as it stands in an optimizer's block.
  struct Block: ConfigBlock {
    var schedule = Variant<ScheduleCatalog>()
    static let keys = [KeyDescription("schedule", "how the learning rate moves")]
  }

  @Test func configurationChoosesOne() throws {
    let chosen = try read(
      Block.self, from: ["schedule": ["type": "constant", "warmup_steps": 20]]
    ).schedule.schedule
    #expect(chosen is ConstantSchedule)
    #expect(chosen.learningRate(peak: 1, step: 5, total: 100) == 0.25)
    #expect(Block().schedule.schedule is LinearSchedule)
    #expect(throws: ConfigErrors.self) {
      try read(Block.self, from: ["schedule": ["type": "cosine", "warmup_steps": -1]])
    }
  }

  @Test func keysAreTheEncodedKeys() throws {
    for entry in ScheduleCatalog.entries {
      let keys = try #require(try JSON(encoding: entry.block.init()).members).map(\.key)
      #expect(entry.block.keys.map(\.key) == keys)
    }
  }
}
