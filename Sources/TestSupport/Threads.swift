import Kernels
import Synchronization

/// Runs `body` with the engine on `count` threads, one such call at a time; then goes back to one.
public func onThreads<Result>(_ count: Int, _ body: () throws -> Result) rethrows -> Result {
  try engineThreads.withLock { _ in
    Engine.shared.threads = count
    defer { Engine.shared.threads = 1 }
    return try body()
  }
}

private let engineThreads = Mutex(())
