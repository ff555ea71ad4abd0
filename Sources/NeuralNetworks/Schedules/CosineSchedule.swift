import Configuration
import Foundation

/// `(1 + cos πt) / 2` for `t` from 0 to 1: half a wave, slow at both ends.
public struct CosineSchedule: Schedule {
  public static let name = "cosine"

  public var warmupSteps = 0

  public init() {}

  /// Past the end the wave rises again, as in `transformers`; a run does not go there.
  public func factorAfterWarmup(step: Int, total: Int) -> Double {
    max(0, (1 + cos(.pi * Double(step) / Double(total))) / 2)
  }
}
