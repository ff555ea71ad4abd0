import Foundation
import Synchronization

/// How fast one thread hears from another: what sharing out an operation costs at least.
public enum Handoff {
  /// Seconds for a word to go to another thread and back, the quickest of many hundreds of tries;
  /// `nil` where the two threads never ran at the same time within a fifth of a second.
  ///
  /// Cores that share a last-level cache need some 50 to 150 ns, others 300 ns and more.
  public static var roundTripSeconds: Double? {
    let trips = 64
    let line = Line()
    let thread = Thread {
      var next = 1
      while true {
        let turn = line.turn.load(ordering: .acquiring)
        if turn < 0 { return }
        if turn == next {
          line.turn.store(turn &+ 1, ordering: .releasing)
          next = turn &+ 2
        }
      }
    }
    thread.start()
    defer { line.turn.store(-1, ordering: .releasing) }
    var quickest = Double.infinity
    var turn = 0
    let end = DispatchTime.now().uptimeNanoseconds + 200_000_000
    for _ in 0..<500 {
      let start = DispatchTime.now().uptimeNanoseconds
      for _ in 0..<trips {
        line.turn.store(turn &+ 1, ordering: .releasing)
        turn &+= 2
        var spin = 0
        while line.turn.load(ordering: .acquiring) != turn {
          spin &+= 1
          if spin & 0xFFFF == 0 && DispatchTime.now().uptimeNanoseconds > end {
            return quickest < 1e-5 ? quickest : nil
          }
        }
      }
      let now = DispatchTime.now().uptimeNanoseconds
      quickest = min(quickest, Double(now - start) * 1e-9 / Double(trips))
      if now > end { break }
    }
    return quickest < 1e-5 ? quickest : nil
  }

  /// The word, alone on its cache line.
  private final class Line: Sendable {
    private let before = InlineArray<16, UInt64>(repeating: 0)
    let turn = Atomic<Int>(0)
    private let after = InlineArray<16, UInt64>(repeating: 0)
  }
}
