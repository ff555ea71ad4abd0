import Configuration

/// The peak rate throughout.
public struct ConstantSchedule: Schedule {
  public static let name = "constant"

  public var warmupSteps = 0

  public init() {}

  public func factorAfterWarmup(step: Int, total: Int) -> Double { 1 }
}
