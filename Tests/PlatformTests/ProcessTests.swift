import Foundation
import TestSupport
import Testing

@testable import Platform

@Suite struct ProcessTests {
  @Test func aLockIsHeldByOneAndNamesItsOwner() throws {
    try inTemporaryDirectory { directory in
      let path = "\(directory)/.lock"
      do {
        let lock = try LocalFileSystem().lock(path)
        let error = #expect(throws: LockError.self) { try LocalFileSystem().lock(path) }
        #expect(
          error?.description
            == "\(path): in use by pid \(getpid()) on \(Machine.hostName)")
        withExtendedLifetime(lock) {}
      }
      let again = try LocalFileSystem().lock(path)
      withExtendedLifetime(again) {}
    }
  }

  @Test func theFirstSignalIsNotedAndTheSecondEndsTheProcess() async {
    await #expect(processExitsWith: .exitCode(128 + SIGINT)) {
      let signals = Signals.install()
      guard signals.stopRequested == nil else { exit(1) }
      kill(getpid(), SIGTERM)
      guard holdsSoon({ signals.stopRequested == SIGTERM }) else { exit(2) }
      kill(getpid(), SIGINT)
      _ = holdsSoon { false }
      exit(3)
    }
  }

  /// One thread hears of the first request, be it made before or after it began to wait.
  @Test(arguments: [false, true]) func whoeverWaitsIsWokenOnce(_ isEarly: Bool) async {
    await #expect(processExitsWith: .exitCode(7)) { [isEarly] in
      let signals = Signals.install()
      if isEarly { kill(getpid(), SIGUSR2) }
      guard !isEarly || holdsSoon({ signals.stopRequested == SIGUSR2 }) else { exit(1) }
      do {
        try signals.whenStopRequested { exit(7) }
      } catch {
        exit(2)
      }
      if !isEarly { kill(getpid(), SIGUSR2) }
      _ = holdsSoon { false }
      exit(3)
    }
  }

  @Test func theSecondUserSignalEndsTheProcess() async {
    await #expect(processExitsWith: .exitCode(140)) {
      let signals = Signals.install()
      kill(getpid(), SIGUSR2)
      guard holdsSoon({ signals.stopRequested == SIGUSR2 }) else { exit(2) }
      kill(getpid(), SIGUSR2)
      _ = holdsSoon { false }
      exit(3)
    }
  }

  @Test func theSecondSignalEndsADrawnLine() async throws {
    let ended = try await #require(
      processExitsWith: .exitCode(128 + SIGTERM), observing: [\.standardErrorContent]
    ) {
      let signals = Signals.install()
      Signals.noteDrawnLine(true)
      writeStandardError("step 1/9")
      kill(getpid(), SIGTERM)
      guard holdsSoon({ signals.stopRequested == SIGTERM }) else { exit(2) }
      kill(getpid(), SIGTERM)
      _ = holdsSoon { false }
      exit(3)
    }
    #expect(String(decoding: ended.standardErrorContent, as: UTF8.self).hasSuffix("step 1/9\n"))
  }

  @Test func aSaveIsTakenOnceAndStopsNothing() async {
    await #expect(processExitsWith: .exitCode(0)) {
      let signals = Signals.install()
      kill(getpid(), SIGUSR1)
      guard holdsSoon(signals.takeSaveRequest), !signals.takeSaveRequest() else { exit(1) }
      exit(signals.stopRequested == nil ? 0 : 2)
    }
  }

  @Test func writingToAClosedPipeEndsQuietly() async {
    await #expect(processExitsWith: .exitCode(0)) {
      Signals.ignoreBrokenPipes()
      let pipe = Pipe()
      dup2(pipe.fileHandleForWriting.fileDescriptor, STDOUT_FILENO)
      try? pipe.fileHandleForReading.close()
      writeStandardOutput("unread\n")
      exit(1)
    }
  }

  @Test func standardInputIsReadToItsEnd() async {
    await #expect(processExitsWith: .exitCode(0)) {
      let pipe = Pipe()
      dup2(pipe.fileHandleForReading.fileDescriptor, STDIN_FILENO)
      let text = Array(repeating: UInt8(ascii: "x"), count: 30_000)
      try? pipe.fileHandleForWriting.write(contentsOf: text)
      try? pipe.fileHandleForWriting.close()
      exit((try? readStandardInput()) == text ? 0 : 1)
    }
  }

  @Test func clocksAndCountsAreSane() {
    let before = Machine.monotonicSeconds
    #expect(Machine.monotonicSeconds >= before)
    #expect(abs(Machine.wallSeconds - Date().timeIntervalSince1970) < 5)
    #expect(Machine.peakMemory > 1 << 20)
    #expect(Machine.coreCount >= 1)
    #expect(!Machine.hostName.isEmpty)
  }
}

/// Signals go to any thread that takes them: waits up to five seconds.
private func holdsSoon(_ condition: () -> Bool) -> Bool {
  let end = Machine.monotonicSeconds + 5
  while Machine.monotonicSeconds < end {
    if condition() { return true }
    usleep(1000)
  }
  return false
}
