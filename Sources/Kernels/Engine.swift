import Foundation
import Synchronization
import Vectors

/// The process's threads: chunks of one operation are shared out among them.
///
/// Each thread has a range of the chunks of its own and takes others' when it is through: the same
/// rows of every operation stay with one thread and its caches. The caller waits for chunks, never
/// for workers that did not get the processor. A second concurrent caller, and a call from inside
/// a chunk, runs its chunks itself: same bits, no wait.
public final class Engine: @unchecked Sendable {
  public static let shared = Engine()
  private static let mostThreads = 64

  private let shares: [ChunkRange] = (0..<Engine.mostThreads).map { _ in ChunkRange() }
  private let finished = Atomic<Int>(0)
  private let sleepers = Atomic<Int>(0)
  private let activeThreads = Atomic<Int>(1)
  /// Threads that share the running operation: the number may be set anew while it runs.
  private let sharing = Atomic<Int>(1)
  private let busy = Atomic<Bool>(false)
  private var epoch: UInt64 = 0
  private var body: UnsafeMutablePointer<(Int) -> Void>?
  private var workers = 0
  private var mutex = pthread_mutex_t()
  private var condition = pthread_cond_t()

  private static let spins = 100_000

  private init() {
    pthread_mutex_init(&mutex, nil)
    pthread_cond_init(&condition, nil)
  }

  /// Threads that work on an operation, the caller included, at most 64. No result depends on it.
  public var threads: Int {
    get { activeThreads.load(ordering: .relaxed) }
    set {
      let count = min(max(1, newValue), Engine.mostThreads)
      pthread_mutex_lock(&mutex)
      while workers < count - 1 {
        workers += 1
        start(worker: workers)
      }
      pthread_mutex_unlock(&mutex)
      activeThreads.store(count, ordering: .sequentiallyConsistent)
    }
  }

  /// Parts to cut an operation into: more than threads, so that one that comes late is made up for.
  var parts: Int { threads == 1 ? 1 : threads * 16 }

  /// Runs `chunk(0)`, …, `chunk(count - 1)`, in any order and possibly at once.
  func run(_ count: Int, _ chunk: (Int) -> Void) {
    let threads = threads
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
        publish(count, over: threads)
        var done = 0
        while let index = claim(for: 0, of: threads) {
          chunk(index)
          done += 1
        }
        finished.add(done, ordering: .relaxed)
        var spin = 0
        while finished.load(ordering: .acquiring) != count {
          spin &+= 1
          if spin & 1023 == 0 { sched_yield() }
        }
      }
    }
    busy.store(false, ordering: .releasing)
  }

  /// Gives every thread its range, the caller's first and never empty, and wakes who sleeps.
  private func publish(_ count: Int, over threads: Int) {
    epoch &+= 1
    sharing.store(threads, ordering: .relaxed)
    var first = 0
    for thread in 0..<threads {
      let end = ((thread + 1) * count + threads - 1) / threads
      shares[thread].set(first..<end, epoch: epoch)
      first = end
    }
    guard sleepers.load(ordering: .sequentiallyConsistent) > 0 else { return }
    pthread_mutex_lock(&mutex)
    pthread_cond_broadcast(&condition)
    pthread_mutex_unlock(&mutex)
  }

  /// The next chunk of `thread`'s own range, then of its neighbours'.
  ///
  /// The caller counts the `threads` that it published for, and so misses none; a worker that
  /// counts others' finds fewer, which are then left to the rest.
  private func claim(for thread: Int, of threads: Int) -> Int? {
    for distance in 0..<threads {
      if let index = shares[(thread + distance) % threads].claim() { return index }
    }
    return nil
  }

  /// Runs chunks from `first` on as long as there are any; how many.
  ///
  /// The closure's reference is taken once an operation and gone when the chunks are reported: the
  /// caller's frame ends with the last report. While a chunk is unreported, no other operation can
  /// have begun, so what is claimed here belongs to this closure.
  @inline(never)
  private func work(_ thread: Int, from first: Int) -> Int {
    guard let body else { return 0 }
    let chunk = body.pointee
    var (index, done) = (Optional(first), 0)
    while let now = index {
      chunk(now)
      done += 1
      index = claim(for: thread, of: sharing.load(ordering: .relaxed))
    }
    return done
  }

  private func isWanted(_ worker: Int) -> Bool { shares[worker].hasUnclaimed }

  private func loop(_ worker: Int) {
    while true {
      var spin = 0
      while !isWanted(worker) {
        spin &+= 1
        if spin & 255 == 0 { sched_yield() }
        guard spin > Engine.spins else { continue }
        pthread_mutex_lock(&mutex)
        sleepers.add(1, ordering: .sequentiallyConsistent)
        while !isWanted(worker) { pthread_cond_wait(&condition, &mutex) }
        sleepers.subtract(1, ordering: .sequentiallyConsistent)
        pthread_mutex_unlock(&mutex)
      }
      guard let first = claim(for: worker, of: sharing.load(ordering: .relaxed)) else { continue }
      finished.add(work(worker, from: first), ordering: .releasing)
    }
  }

  private func start(worker: Int) {
    let thread = Thread { [unowned self] in loop(worker) }
    thread.stackSize = 8 << 20
    thread.start()
  }
}

/// One thread's chunks of the operation that runs, on a cache line of its own.
private final class ChunkRange: Sendable {
  // epoch << 40 | end << 20 | next unclaimed: a claim can never mix two operations.
  private let state = Atomic<UInt64>(0)
  private let padding = InlineArray<15, UInt64>(repeating: 0)

  private static let mask: UInt64 = (1 << 20) - 1

  func set(_ range: Range<Int>, epoch: UInt64) {
    state.store(
      epoch << 40 | UInt64(range.upperBound) << 20 | UInt64(range.lowerBound),
      ordering: .sequentiallyConsistent)
  }

  var hasUnclaimed: Bool { Self.next(state.load(ordering: .sequentiallyConsistent)) != nil }

  /// The next chunk, which is then the caller's to run.
  func claim() -> Int? {
    guard hasUnclaimed else { return nil }
    return Self.next(state.add(1, ordering: .acquiringAndReleasing).oldValue)
  }

  private static func next(_ state: UInt64) -> Int? {
    let index = state & mask
    return index < (state >> 20) & mask ? Int(index) : nil
  }
}

/// Splits `rows` into even blocks of at least `least` rows and runs `body(range)` on each.
func forEachBlock(of rows: Int, atLeast least: Int, _ body: (Range<Int>) -> Void) {
  let parts = EvenParts(of: rows, into: min(rows / max(least, 1), Engine.shared.parts))
  Engine.shared.run(parts.count) { body(parts[$0]) }
}

/// `length` cut into parts as even as whole steps allow: threads that get as many parts get as much.
struct EvenParts {
  private let length, step, steps: Int
  let count: Int

  init(of length: Int, into wanted: Int, step: Int = 1) {
    (self.length, self.step) = (length, step)
    steps = (length &+ step &- 1) / step
    count = max(1, min(wanted, steps))
  }

  subscript(part: Int) -> Range<Int> {
    let first = part &* steps / count &* step
    return first..<min(length, (part &+ 1) &* steps / count &* step)
  }
}
