import Configuration
import Foundation
import Platform
import Synchronization
import Testing

@testable import PostTraining

/// Saves that find no space, while the logs still do.
@Suite struct FailedSaveTests {
  private func events(_ fileSystem: FaultFileSystem) throws -> [JSON] {
    try RunDirectory.readLog("\(TinyRun.path)/events.jsonl", in: fileSystem)
      .filter { $0["event"] == "save_failed" }
  }

  /// Two in a row are told and outlived, the third of three ends the run; `max_failed_saves` of 2
  /// ends it at the second.
  @Test(arguments: [3, 2]) func aRunEndsWhenSavesFailInARow(_ limit: Int) throws {
    let run = try TinyRun(["checkpoint.max_failed_saves=\(limit)"])
    let full = FaultFileSystem(free: 100)
    let told = Mutex<[String]>([])
    let control = RunControl(narrate: { line in told.withLock { $0.append(line) } })
    let error = #expect(throws: SaveFailure.self) { try run.complete(on: full, control) }
    #expect(error?.step == limit && error?.failures == limit && error?.savedStep == nil)
    #expect(error?.description.contains("nothing is saved yet") == true)
    #expect(try events(full).map { $0["step"]?.int } == Array(1...limit))
    #expect(told.withLock(\.count) == limit - 1)
    #expect(try full.list("\(TinyRun.path)/checkpoints") == [])
  }

  /// The end of a run is worth nothing unsaved, however many failures are allowed.
  @Test func theLastSaveMustSucceed() throws {
    let run = try TinyRun(["checkpoint.max_failed_saves=99"])
    let full = FaultFileSystem(free: 100)
    let error = #expect(throws: SaveFailure.self) { try run.complete(on: full) }
    #expect(error?.step == 3 && error?.failures == 3)
    let mended = FaultFileSystem(full.disk)
    #expect(try run.trace(run.complete(on: mended), on: mended) == TinyRun.shared.get().whole)
  }

  /// With one to keep and no room for a second, the one there is stays, and is gone on from.
  @Test func theOnlyCheckpointOutlivesAFailedSave() throws {
    let run = try TinyRun(["checkpoint.keep=1", "checkpoint.keep_best=false"])
    let roomy = FaultFileSystem()
    let stop = RunControl(
      shouldStop: { roomy.disk.status("\(TinyRun.path)/metrics.jsonl") != nil })
    #expect(throws: InterruptedError.self) { try run.complete(on: roomy, stop) }
    let full = FaultFileSystem(roomy.disk, free: 100)
    let error = #expect(throws: SaveFailure.self) { try run.complete(on: full) }
    #expect(error?.savedStep == 1)
    #expect(try full.list("\(TinyRun.path)/checkpoints") == ["step-00000001"])
    let mended = FaultFileSystem(full.disk)
    #expect(try run.trace(run.complete(on: mended), on: mended) == TinyRun.shared.get().whole)
    #expect(try run.attempts(on: mended).last?.fromStep == 1)
  }

  /// A save that was asked for comes at once and stops nothing; a second request comes with it.
  @Test func aSaveMayBeAskedFor() throws {
    let run = try TinyRun(["checkpoint.every=100", "checkpoint.keep=9"])
    let fileSystem = FaultFileSystem()
    let steps = Mutex(0)
    let control = RunControl(shouldSave: {
      steps.withLock { steps in
        steps += 1
        return steps == 2
      }
    })
    try run.complete(on: fileSystem, control)
    // 1 and 3 end their stages
    let names = try fileSystem.list("\(TinyRun.path)/checkpoints")
    #expect(names == ["step-00000001", "step-00000002", "step-00000003"])
  }
}
