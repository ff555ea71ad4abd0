import Foundation
import Synchronization

/// Ends the process when something that has begun does not end: nothing else can stop a hang.
final class Watchdog: Sendable {
  private struct Watched {
    var what = ""
    var begun = Date()
    var isOver = false
  }

  private let watched = Mutex(Watched())

  init(limit seconds: Double) {
    let thread = Thread { [self] in
      while true {
        Thread.sleep(forTimeInterval: 0.5)
        let now = watched.withLock { $0 }
        if now.isOver { return }
        guard Date().timeIntervalSince(now.begun) > seconds else { continue }
        fatalError("\(now.what) has run for more than \(seconds) s")
      }
    }
    thread.start()
  }

  func begin(_ what: String) {
    watched.withLock { ($0.what, $0.begun) = (what, Date()) }
  }

  func stop() {
    watched.withLock { $0.isOver = true }
  }
}
