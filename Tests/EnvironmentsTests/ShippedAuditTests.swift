import EnvironmentKit
import Environments
import Randomness
import Testing

@Suite struct ShippedAuditTests {
  @Test(arguments: Shipped.names) func everyRowHolds(name: String) throws {
    var options = AuditOptions()
    options.items = 30
    options.goldItems = 200
    options.trainingDraws = 2000
    options.verdictTime = .seconds(1)  // a debug build
    let rows = try Shipped.environment(name).audit(
      options: options, random: RandomStream(seed: 0))
    #expect(rows.map(\.trap) == Trap.allCases)
    #expect(!rows.contains { $0.status == .failed }, "\(rows)")
    #expect(rows.allSatisfy { !$0.reason.isEmpty })
  }
}
