import Foundation
import TestSupport
import Testing

/// Disks that are full, refuse, or go away, under the real program.
@Suite struct DiskTests {
  /// A checkpoint each second step, of 0.9 MB in the first stage and 1.3 in the second.
  private static let large =
    "diagnostics.every=0 model.hidden_size=96 checkpoint.every=2 checkpoint.keep=1 "
    + "checkpoint.keep_best=false stages.warm.max_steps=6 stages.rl.max_steps=8"

  private func train(
    _ laboratory: Laboratory, _ arguments: String, limit: String = ""
  ) throws -> Ran {
    try RunningProgram.shell(
      "cd '\(laboratory.folder)'; \(limit) exec \"$RL\" train --config run.json \(arguments)")
  }

  private static func mount(_ options: String, _ path: String) throws -> Bool {
    try RunningProgram.shell("mount -t tmpfs -o \(options) tmpfs '\(path)'").code == 0
  }

  /// Whether this process may mount anything: it takes root, and a container that allows it.
  private static let canMount =
    (try? inTemporaryDirectory { directory in
      guard try mount("size=1m", directory) else { return false }
      return try RunningProgram.shell("umount '\(directory)'").code == 0
    }) ?? false

  /// A laboratory whose `runs` is a disk in memory of the size.
  private func onSmallDisk(_ options: String, _ body: (Laboratory) throws -> Void) throws {
    let laboratory = try Laboratory()
    let runs = laboratory.path("runs")
    try FileManager.default.createDirectory(atPath: runs, withIntermediateDirectories: true)
    try #require(try Self.mount(options, runs))
    defer { _ = try? RunningProgram.shell("umount '\(runs)'") }
    try body(laboratory)
  }

  /// 4 MB, of which somebody else takes 2: the first stage's checkpoints fit, two at a time, the
  /// second's do not beside the last of them, three times over. Nothing is corrupt and no temporary
  /// stays; with room again it ends with the same bits.
  @Test(.enabled(if: canMount, "no right to mount a tmpfs"))
  func aFullDiskCorruptsNothing() throws {
    try onSmallDisk("size=4m") { laboratory throws in
      _ = try RunningProgram.shell(
        "head -c 2000000 /dev/zero > '\(laboratory.path("runs/ballast"))'")
      let ran = try train(laboratory, Self.large)
      #expect(ran.code == 1, "\(ran.error)")
      #expect(ran.error.contains("step 12 could not be saved (3 saves in a row)"), "\(ran.error)")
      #expect(ran.error.contains("the checkpoint of step 6 stands"), "\(ran.error)")
      let events = laboratory.lines("runs/run/events.jsonl").filter { $0.contains("save_failed") }
      #expect(events.count == 3)
      try checkCheckpoints(laboratory)

      // Not a byte is left: whoever comes says so, and leaves things as they are.
      _ = try RunningProgram.shell("cat /dev/zero > '\(laboratory.path("runs/filling"))'")
      let full = try train(laboratory, "--resume auto \(Self.large)")
      #expect(full.code == 1)
      #expect(full.error.contains("No space left on device"), "\(full.error)")
      try checkCheckpoints(laboratory)

      _ = try RunningProgram.shell("rm '\(laboratory.folder)'/runs/{ballast,filling}")
      let mended = try train(laboratory, "--resume auto \(Self.large)")
      #expect(mended.code == 0, "\(mended.error)")
      let other = try Laboratory()
      let roomy = try train(other, Self.large)
      #expect(roomy.code == 0, "\(roomy.error)")
      #expect(try RunTrace(laboratory, "run") == RunTrace(other, "run"))
    }
  }

  private func checkCheckpoints(_ laboratory: Laboratory) throws {
    let verified = try laboratory.rl("ckpt", "verify", "runs/run")
    #expect(verified.code == 0, "\(verified.output)")
    let names = try FileManager.default.contentsOfDirectory(
      atPath: laboratory.path("runs/run/checkpoints"))
    #expect(names == ["step-00000006"])
    let left = try FileManager.default.subpathsOfDirectory(atPath: laboratory.path("runs/run"))
    #expect(!left.contains { $0.hasSuffix(".tmp") })
    let evaluated = try laboratory.rl("eval", "--checkpoint", "runs/run", "--episodes", "2")
    #expect(evaluated.code == 0, "\(evaluated.error)")
  }

  @Test(.enabled(if: canMount, "no right to mount a tmpfs"))
  func aReadOnlyDirectoryIsNamed() throws {
    try onSmallDisk("size=1m,ro") { laboratory throws in
      let ran = try train(laboratory, Self.large)
      #expect(ran.code == 1)
      #expect(ran.error == "error: runs/run: cannot create: Read-only file system\n")
    }
  }

  /// The model is larger than a file may be: SIGXFSZ kills nobody, and the file is named.
  @Test func aLimitOnFilesIsAFailedSave() throws {
    let laboratory = try Laboratory()
    let ran = try train(laboratory, Self.large, limit: "ulimit -f 200;")
    #expect(ran.code == 1, "\(ran.error)")
    #expect(ran.error.contains("model.safetensors: cannot write: File too large"), "\(ran.error)")
    #expect(ran.error.contains("nothing is saved yet"), "\(ran.error)")
    let checkpoints = laboratory.path("runs/run/checkpoints")
    #expect(try FileManager.default.contentsOfDirectory(atPath: checkpoints) == [])
  }

  @Test func aDirectoryThatGoesAwayIsNamed() throws {
    let laboratory = try Laboratory()
    let process = try laboratory.start("gone")
    laboratory.wait(for: 10, of: "gone", process)
    try FileManager.default.moveItem(
      atPath: laboratory.path("runs/gone"), toPath: laboratory.path("runs/elsewhere"))
    process.waitUntilExit()
    #expect(process.terminationReason == .exit && process.terminationStatus == 1)
    let said = laboratory.lines("gone.err").last ?? ""
    #expect(said.contains("runs/gone") && said.contains("No such file or directory"), "\(said)")
  }
}
