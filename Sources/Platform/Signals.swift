import Foundation
import Synchronization

/// Requests that reach the process as signals, polled at step boundaries.
///
/// The first SIGTERM, SIGINT or SIGUSR2 asks to stop, the second ends the process at once with
/// 128 + its number; SIGUSR1 asks for a checkpoint. Handlers do nothing but note the request.
public struct Signals: Sendable {
  /// Takes over the signals; a broken pipe or an exceeded file size becomes an error of the write.
  public static func install() -> Signals {
    for number in [SIGTERM, SIGINT, SIGUSR2] {
      signal(number) { number in
        let first = stopRequest.compareExchange(
          expected: 0, desired: number, ordering: .sequentiallyConsistent)
        if first.exchanged { return wakeWaiter() }
        if lineIsDrawn.load(ordering: .relaxed) { endDrawnLine() }
        _exit(128 + number)
      }
    }
    unblock([SIGTERM, SIGINT, SIGUSR2, SIGUSR1])
    signal(SIGUSR1) { _ in saveRequest.store(true, ordering: .relaxed) }
    ignoreBrokenPipes()
    signal(SIGXFSZ, SIG_IGN)
    return Signals()
  }

  /// A process started by a thread that blocks signals would never hear them.
  private static func unblock(_ numbers: [Int32]) {
    var set = sigset_t()
    unsafe sigemptyset(&set)
    for number in numbers { unsafe sigaddset(&set, number) }
    unsafe pthread_sigmask(SIG_UNBLOCK, &set, nil)
  }

  /// Makes a write to a closed pipe an error instead of a silent death.
  public static func ignoreBrokenPipes() { signal(SIGPIPE, SIG_IGN) }

  /// Notes whether an unfinished line stands on the terminal, which a second signal then ends.
  public static func noteDrawnLine(_ isDrawn: Bool) {
    lineIsDrawn.store(isDrawn, ordering: .relaxed)
  }

  /// The number of the signal that asked to stop, if one did.
  public var stopRequested: Int32? {
    let number = stopRequest.load(ordering: .sequentiallyConsistent)
    return number == 0 ? nil : number
  }

  /// Whether a checkpoint was asked for since the last call.
  public func takeSaveRequest() -> Bool { saveRequest.exchange(false, ordering: .relaxed) }

  /// Calls `body` on a thread of its own right after the first request to stop.
  ///
  /// A process has one such thread: the last call's.
  public func whenStopRequested(_ body: @escaping @Sendable () -> Void) throws(FileError) {
    var ends: [Int32] = [0, 0]
    guard unsafe pipe(&ends) == 0 else { throw FileError("open a pipe for", "signals") }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    let (reading, writing) = (ends[0], ends[1])
    wakeDescriptor.store(writing, ordering: .sequentiallyConsistent)
    Thread.detachNewThread {
      var byte: UInt8 = 0
      // A request that came before the pipe was there has written nothing.
      while stopRequested == nil { _ = unsafe read(reading, &byte, 1) }
      body()
    }
  }
}

// A handler can reach nothing but globals.
private let stopRequest = Atomic<Int32>(0)
private let saveRequest = Atomic<Bool>(false)
private let lineIsDrawn = Atomic<Bool>(false)
private let wakeDescriptor = Atomic<Int32>(-1)

private func wakeWaiter() {
  let descriptor = wakeDescriptor.load(ordering: .sequentiallyConsistent)
  guard descriptor >= 0 else { return }
  let interrupted = errno
  var byte: UInt8 = 1
  _ = unsafe write(descriptor, &byte, 1)
  errno = interrupted
}

/// Leaves the cursor at the start of a line, by nothing that a handler must not call.
private func endDrawnLine() {
  var newline = UInt8(ascii: "\n")
  _ = unsafe write(STDERR_FILENO, &newline, 1)
}
