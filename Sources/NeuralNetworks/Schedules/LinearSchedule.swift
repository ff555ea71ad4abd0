import Configuration

/// `1 - t` for `t` from 0 to 1: nothing is left where the run ends.
public struct LinearSchedule: Schedule {
  public static let name = "linear"

  public var warmupSteps = 0

  public init() {}

  public func factorAfterWarmup(step: Int, total: Int) -> Double {
    max(0, Double(total - step) / Double(total))
  }
}
