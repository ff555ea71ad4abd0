import Configuration
import EnvironmentKit
import Randomness

/// `7>` → `8`: a family small enough to count by hand.
struct Successor: ProblemFamily {
  static let name = "successor"
  static let version = 1

  struct Config: ConfigBlock {
    var limit = 100
    init() {}
    static let keys = [KeyDescription("limit", "numbers below it are asked", "1...")]
  }

  static let levels = [Config()]
  let config: Config

  init(_ config: Config) { self.config = config }

  var alphabet: String { "0123456789>" }

  func problem(using random: inout RandomStream) -> Problem {
    let number = random.below(config.limit)
    return Problem(key: "\(number)", question: "\(number)>", answer: "\(number + 1)")
  }

  /// An environment of this family with `changes` laid over a small file.
  static func environment(_ changes: JSON = [:]) throws -> Environment {
    let file: JSON = [
      "format": "rl-env-file/1", "name": "successor", "version": 1, "task": "successor",
      "verify": ["type": "integer"],
      "levels": [
        ["name": "small", "params": ["limit": 1000], "floor": 0.01],
        ["name": "large", "params": ["limit": 10000], "floor": 0.01],
        ["name": "huge", "params": ["limit": 1_000_000], "floor": 0.01],
      ],
    ]
    return try Environment(file.merging(changes), catalog: [Successor.self])
  }
}
