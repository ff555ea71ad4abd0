import Configuration
import Randomness
import Testing

@testable import EnvironmentKit

@Suite struct AuditTests {
  private func options() -> AuditOptions {
    var options = AuditOptions()
    options.items = 60
    options.goldItems = 200
    options.trainingDraws = 2000
    options.verdictTime = .seconds(1)  // a debug build
    return options
  }

  private func row(_ trap: Trap, _ changes: JSON = [:]) throws -> AuditRow {
    let rows = try Successor.environment(changes)
      .audit([trap], options: options(), random: RandomStream(seed: 1))
    return try #require(rows.first)
  }

  @Test func aSoundEnvironmentPassesEveryRow() throws {
    let rows = try Successor.environment().audit(
      options: options(), random: RandomStream(seed: 1))
    #expect(rows.filter { $0.status != .passed }.isEmpty, "\(rows)")
    #expect(AuditRow.lines(rows).count == Trap.allCases.count + 1)
  }

  /// A verifier that takes other spellings is caught unless the file allows them.
  @Test func laxJudgingIsCaught() throws {
    let anywhere: JSON = ["extract": ["type": "last_number"]]
    #expect(try row(.h04, anywhere).status == .notApplicable)
    #expect(try row(.h03, anywhere).status == .passed)
    #expect(try row(.h13, anywhere).status == .passed)
    #expect(try row(.h07, anywhere).status == .failed)  // 1_0 ends in 0, +8 holds an 8
    let zeros: JSON = ["verify": ["type": "integer", "leading_zeros": true]]
    #expect(try row(.h07, zeros).status == .passed)
  }

  @Test func partialCreditIsHeldToItsBound() throws {
    let generous: JSON = ["reward": ["partial": ["type": "digits", "max": 0.5]]]
    let row = try row(.h06, generous)
    #expect(row.status == .failed && row.figure > 0.3)
  }

  @Test func aRewardForNothingIsCaught() throws {
    let row = try row(.h01, ["reward": ["unparsed": 0.1]])
    #expect(row.status == .failed && abs(row.figure - 0.1) < 1e-12)
  }

  @Test func floorsMustBePublishedAndTrue() throws {
    let none: JSON = ["levels": [["name": "a"]]]
    #expect(try row(.h02, none).status == .failed)
    let few: JSON = [
      "split": ["eval": 0.9, "test": 0.05],
      "levels": [["name": "a", "params": ["limit": 3], "floor": 0.0001]],
    ]
    let row = try row(.h02, few)
    #expect(row.status == .failed && row.reason.contains("level \"a\""))
  }

  @Test func withoutAStopRuleTheTrapDoesNotApply() throws {
    let row = try row(.h15, ["episode": ["require_stop": false]])
    #expect(row.status == .notApplicable && row.reason.contains("require_stop"))
  }

  /// Of 200 gold answers at each of three levels, those of four digits or more are too long for the file.
  @Test func aGoldAnswerMustSatisfyItsVerifier() throws {
    let row = try row(.h18, ["extract": ["type": "whole", "max_bytes": 3]])
    #expect(row.status == .failed && row.figure < 1 && row.reason.contains("wrong"))
  }

  @Test func checkCountsKeys() throws {
    let checks = try Successor.environment(["split": ["min_keys": 100]])
      .check(goldItems: 50, atMost: 2000, random: RandomStream(seed: 1))
    #expect(checks[0].train + checks[0].eval + checks[0].test == 1000)
    #expect(checks.map(\.isComplete) == [true, false, false])
    #expect(checks.allSatisfy { $0.badGold == 0 })
    #expect(checks[1].isEvaluated)
    #expect(LevelCheck.lines(checks)[2].contains("+"))
  }
}
