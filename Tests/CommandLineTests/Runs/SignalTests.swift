import Foundation
import Platform
import Testing

/// What a run does when somebody, or a batch scheduler, wants something of it.
@Suite struct SignalTests {
  private func said(_ laboratory: Laboratory, _ name: String) -> String {
    laboratory.lines("\(name).err").joined(separator: "\n")
  }

  private func resumed(_ laboratory: Laboratory, _ name: String) throws -> RunTrace {
    let ran = try laboratory.rl(
      "train", "--config", "run.json", "--name", name, "--resume", "auto")
    #expect(ran.code == 0, "\(ran.error)")
    return try RunTrace(laboratory, name)
  }

  @Test(arguments: [SIGTERM, SIGINT, SIGUSR2])
  func theFirstSavesAndAsksToBeRequeued(_ signal: Int32) throws {
    let laboratory = try Laboratory()
    let process = try laboratory.start("stopped", "--grace", "20")
    laboratory.wait(for: 70, of: "stopped", process)
    let start = Machine.monotonicSeconds
    kill(process.processIdentifier, signal)
    process.waitUntilExit()
    #expect(Machine.monotonicSeconds - start < 20)
    #expect(process.terminationReason == .exit && process.terminationStatus == 75)
    let done = laboratory.lines("runs/stopped/metrics.jsonl").count
    #expect((70..<Laboratory.steps).contains(done))
    let checkpoint = try laboratory.lastCheckpoint("stopped")
    #expect(
      checkpoint.hasSuffix("step-\(String(repeating: "0", count: 8 - "\(done)".count))\(done)"))
    let said = said(laboratory, "stopped")
    #expect(said.contains("runs/stopped: stopped at step \(done), saved"), "\(said)")
    let command = "rl train --config run.json --name stopped --grace 20 --resume auto"
    #expect(said.hasSuffix(command), "\(said)")
    #expect(try resumed(laboratory, "stopped") == RunTrace.whole.get())
  }

  /// No time at all: the checkpoint that there is has to do, and the lines after it go.
  @Test func withoutGraceTheLastCheckpointStands() throws {
    let laboratory = try Laboratory()
    let process = try laboratory.start("hasty", "--grace", "0")
    laboratory.wait(for: 70, of: "hasty", process)
    kill(process.processIdentifier, SIGTERM)
    process.waitUntilExit()
    #expect(process.terminationReason == .exit && process.terminationStatus == 75)
    let said = said(laboratory, "hasty")
    #expect(said.contains("runs/hasty: stopped "), "\(said)")
    #expect(try resumed(laboratory, "hasty") == RunTrace.whole.get())
  }

  @Test func aRequestToSaveStopsNothing() throws {
    let laboratory = try Laboratory()
    let process = try laboratory.start("asked", "checkpoint.every=1000")
    laboratory.wait(for: 5, of: "asked", process)
    #expect((try? laboratory.lastCheckpoint("asked")) == nil)
    kill(process.processIdentifier, SIGUSR1)
    while process.isRunning && (try? laboratory.lastCheckpoint("asked").contains("/step-")) != true
    {
      usleep(2000)
    }
    let saved = try laboratory.lastCheckpoint("asked")
    laboratory.wait(
      for: laboratory.lines("runs/asked/metrics.jsonl").count + 3, of: "asked", process)
    #expect(process.isRunning)
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
    let ran = try laboratory.rl("ckpt", "verify", saved)
    #expect(ran.code == 0, "\(ran.output)")
    #expect(try resumed(laboratory, "asked") == RunTrace.whole.get())
  }
}
