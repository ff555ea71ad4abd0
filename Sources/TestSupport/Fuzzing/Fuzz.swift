import Foundation
import Randomness

/// Hostile inputs for one reader: right ones, mutated; each a function of the seed and its number.
///
/// `RL_FUZZ_INPUTS` says how many are tried, `RL_FUZZ_SEED` and `RL_FUZZ_FIRST` which. A failure and
/// a hang name seed and number. A trap ends the process: `RL_FUZZ_TRACE=1` writes each number before
/// its input runs, so that the last one written is the one to blame.
public struct Fuzz: Sendable {
  /// An input that a reader failed on, in words that lead back to it.
  public struct Failure: Error, CustomStringConvertible, Sendable {
    public var description: String
  }

  /// How many inputs were taken and how many refused, and the first failure if there is one.
  public struct Outcome: Sendable {
    public var accepted = 0
    public var refused = 0
    public var failure: Failure?
  }

  /// Seconds that an input of some kilobytes may take, on the busiest machine.
  static let limit = 20.0

  private let name: String
  private let mutator: Mutator
  private let random: RandomStream
  private let seed: Int
  private let numbers: Range<Int>

  /// `share` is the part of the inputs that a slow reader is shown.
  public init(_ name: String, samples: [[UInt8]], words: [String] = [], share: Int = 1) {
    func setting(_ name: String, _ standard: Int) -> Int {
      ProcessInfo.processInfo.environment["RL_FUZZ_\(name)"].flatMap(Int.init) ?? standard
    }
    self.name = name
    mutator = Mutator(samples: samples, words: words.map { Array($0.utf8) })
    seed = setting("SEED", 1)
    random = RandomStream(seed: UInt64(bitPattern: Int64(seed))).split("fuzz \(name)")
    let first = setting("FIRST", 0)
    numbers = first..<first + max(1, setting("INPUTS", 2000) / share)
  }

  /// Shows every input to `read`, which says whether it took it, and throws where a promise broke.
  public func run(_ read: ([UInt8]) throws -> Bool) -> Outcome {
    let isTraced = ProcessInfo.processInfo.environment["RL_FUZZ_TRACE"] != nil
    let watchdog = Watchdog(limit: Self.limit)
    defer { watchdog.stop() }
    var outcome = Outcome()
    for number in numbers {
      let place = "fuzz \(name): seed \(seed), input \(number)"
      if isTraced { FileHandle.standardError.write(Data("\(place)\n".utf8)) }
      watchdog.begin(place)
      let input = mutator.input(from: random.split("input", number))
      do {
        if try read(input) { outcome.accepted += 1 } else { outcome.refused += 1 }
      } catch {
        let text = String(decoding: input.prefix(2000), as: UTF8.self)
        outcome.failure = Failure(description: "\(place): \(error)\n\(text)")
        return outcome
      }
    }
    if isTraced {
      let text = "fuzz \(name): \(outcome.accepted) accepted, \(outcome.refused) refused\n"
      FileHandle.standardError.write(Data(text.utf8))
    }
    return outcome
  }
}
