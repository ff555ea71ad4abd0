import Foundation
import Synchronization
import Vectors

/// The process's threads: chunks of one operation are shared out among them.
///
/// The caller waits for chunks, never for workers that did not get the processor. A second
/// concurrent caller, and a call from inside a chunk, runs its chunks itself: same bits, no wait.
public final class Engine: @unchecked Sendable {
  public static let shared = Engine()

  // epoch << 40 | chunks << 20 | next unclaimed chunk
  private let claim = Atomic<UInt64>(0)
  private let finished = Atomic<Int>(0)
  private let sleepers = Atomic<Int>(0)
  private let activeThreads = Atomic<Int>(1)
  private let busy = Atomic<Bool>(false)
  private var epoch: UInt64 = 0
  private var body: UnsafeMutablePointer<(Int) -> Void>?
  private var workers = 0
  private var mutex = pthread_mutex_t()
  private var condition = pthread_cond_t()

  private static let spins = 20_000
  private static let mask: UInt64 = (1 << 20) - 1

  private init() {
    pthread_mutex_init(&mutex, nil)
    pthread_cond_init(&condition, nil)
  }

  /// Threads that work on an operation, the caller included. No result depends on it.
  public var threads: Int {
    get { activeThreads.load(ordering: .relaxed) }
    set {
      let count = max(1, newValue)
      pthread_mutex_lock(&mutex)
      while workers < count - 1 {
        start(worker: workers)
        workers += 1
      }
      pthread_mutex_unlock(&mutex)
      activeThreads.store(count, ordering: .sequentiallyConsistent)
    }
  }

  /// Parts to cut an operation into: more than threads, so that one that comes late is made up for.
  var parts: Int { threads == 1 ? 1 : threads * 8 }

  /// Runs `chunk(0)`, …, `chunk(count - 1)`, in any order and possibly at once.
  func run(_ count: Int, _ chunk: (Int) -> Void) {
    if count <= 1 || threads == 1
      || busy.compareExchange(expected: false, desired: true, ordering: .acquiring).exchanged
        == false
    {
      for index in 0..<count { chunk(index) }
      return
    }
    withoutActuallyEscaping(chunk) { escaping in
      var escaping = escaping
      withUnsafeMutablePointer(to: &escaping) { pointer in
        body = pointer
        finished.store(0, ordering: .relaxed)
        epoch &+= 1
        claim.store(epoch << 40 | UInt64(count) << 20, ordering: .sequentiallyConsistent)
        if sleepers.load(ordering: .sequentiallyConsistent) > 0 {
          pthread_mutex_lock(&mutex)
          pthread_cond_broadcast(&condition)
          pthread_mutex_unlock(&mutex)
        }
        work()
        var spin = 0
        while finished.load(ordering: .acquiring) != count {
          spin &+= 1
          if spin & 1023 == 0 { sched_yield() }
        }
      }
    }
    busy.store(false, ordering: .releasing)
  }

  private func hasUnclaimed(_ state: UInt64) -> Bool {
    state & Engine.mask < (state >> 20) & Engine.mask
  }

  private func work() {
    while hasUnclaimed(claim.load(ordering: .acquiring)) {
      let state = claim.add(1, ordering: .acquiringAndReleasing).oldValue
      guard hasUnclaimed(state), let body else { return }
      body.pointee(Int(state & Engine.mask))
      finished.add(1, ordering: .releasing)
    }
  }

  private func isWanted(_ worker: Int) -> Bool {
    worker < activeThreads.load(ordering: .relaxed) - 1
      && hasUnclaimed(claim.load(ordering: .sequentiallyConsistent))
  }

  private func loop(_ worker: Int) {
    while true {
      var spin = 0
      while !isWanted(worker) {
        spin &+= 1
        if spin & 63 == 0 { sched_yield() }
        guard spin > Engine.spins else { continue }
        pthread_mutex_lock(&mutex)
        sleepers.add(1, ordering: .sequentiallyConsistent)
        while !isWanted(worker) { pthread_cond_wait(&condition, &mutex) }
        sleepers.subtract(1, ordering: .sequentiallyConsistent)
        pthread_mutex_unlock(&mutex)
      }
      work()
    }
  }

  private func start(worker: Int) {
    let thread = Thread { [unowned self] in loop(worker) }
    thread.stackSize = 8 << 20
    thread.start()
  }
}

/// Splits `rows` into blocks of at least `least` rows and runs `body(range)` on each.
func forEachBlock(of rows: Int, atLeast least: Int, _ body: (Range<Int>) -> Void) {
  let wanted = Engine.shared.parts
  let size = max(least, (rows + wanted - 1) / wanted)
  let blocks = (rows + size - 1) / max(size, 1)
  Engine.shared.run(blocks) { block in
    body(block * size..<min(rows, (block + 1) * size))
  }
}
