import Foundation
import Platform
import Randomness
import Testing

/// SIGKILL at any instant, from the first to the last of a process: the same bits every time.
///
/// Without and with every kind of hook, as many as `RL_KILLS` in the environment says, otherwise 3.
@Suite struct KillTests {
  private static let stages = ["stages.warm.max_steps=8", "stages.rl.max_steps=16"]

  @Test(arguments: [false, true]) func killsChangeNoBit(withHooks: Bool) throws {
    let laboratory = try Laboratory(config: withHooks ? Laboratory.hooks : Laboratory.config)
    let begun = Machine.monotonicSeconds
    let ran = try laboratory.rl(
      "train", "--config", "run.json", "--name", "whole", Self.stages[0], Self.stages[1])
    #expect(ran.code == 0, "\(ran.error)")
    let seconds = Machine.monotonicSeconds - begun
    let whole = try RunTrace(laboratory, "whole")
    #expect(whole.metrics.count == 24)

    let kills = ProcessInfo.processInfo.environment["RL_KILLS"].flatMap(Int.init) ?? 3
    let seed = UInt64(Date().timeIntervalSince1970 * 1000)
    var random = RandomStream(seed: seed)
    var (killed, run, died) = (0, 0, false)
    while killed < kills {
      let process = try laboratory.start("run\(run)", Self.stages[0], Self.stages[1])
      usleep(UInt32(Double(random.below(1000)) / 1000 * seconds * 1e6))
      kill(process.processIdentifier, SIGKILL)
      process.waitUntilExit()
      died = process.terminationReason == .uncaughtSignal
      if died {
        killed += 1
      } else {  // it was done before; the next one begins anew
        try check("run\(run)", whole, laboratory, seed)
        run += 1
      }
    }
    try check("run\(run)", whole, laboratory, seed)
  }

  /// Goes on with the run, unless it is done, and compares.
  private func check(
    _ name: String, _ whole: RunTrace, _ laboratory: Laboratory, _ seed: UInt64
  ) throws {
    let ran = try laboratory.rl(
      "train", "--config", "run.json", "--name", name, "--resume", "auto", Self.stages[0],
      Self.stages[1])
    #expect(ran.code == 0, "seed \(seed), \(name): \(ran.error)")
    #expect(try RunTrace(laboratory, name) == whole, "seed \(seed), \(name)")
    let checkpoints = try FileManager.default.contentsOfDirectory(
      atPath: laboratory.path("runs/\(name)/checkpoints"))
    #expect(checkpoints.allSatisfy { $0.hasPrefix("step-") }, "seed \(seed), \(name)")
  }
}
