/// One completion: the words that were chosen, and the states in which they were.
public struct Completion: Sendable, Equatable {
  public let words: [Int]
  /// What each word's probability depends on: the number of the beginning before it.
  public let states: [Int]

  public var length: Int { words.count }
}

/// All that can be said with `words` words: until `stop` is said, or `horizon` words are.
///
/// A state is a beginning in which one more word is chosen; state 0 is the empty one.
struct Enumeration {
  private(set) var completions: [Completion] = []
  private(set) var stateCount = 0

  init(words: Int, stop: Int?, horizon: Int) {
    extend([], [], words: words, stop: stop, horizon: horizon)
  }

  private mutating func extend(
    _ spoken: [Int], _ states: [Int], words: Int, stop: Int?, horizon: Int
  ) {
    let states = states + [stateCount]
    stateCount += 1
    for word in 0..<words {
      let longer = spoken + [word]
      if word == stop || longer.count == horizon {
        completions.append(Completion(words: longer, states: states))
      } else {
        extend(longer, states, words: words, stop: stop, horizon: horizon)
      }
    }
  }
}

/// Every group of `size` draws from `probabilities`, as rising indices, and how often it is drawn.
///
/// The order of draws is left out, as no estimator here depends on it: `n! / Π k!` orders are one
/// group.
func groups(of size: Int, from probabilities: [Double]) -> [(members: [Int], probability: Double)] {
  precondition(size >= 1, "groups: a group of \(size)")
  var found: [(members: [Int], probability: Double)] = []
  func extend(_ members: [Int], _ probability: Double, repeats: Int) {
    guard members.count < size else {
      found.append((members, probability))
      return
    }
    for next in (members.last ?? 0)..<probabilities.count {
      let repeats = next == members.last ? repeats + 1 : 1
      // The multinomial coefficient grows by (draws so far) / (how many of them are this one).
      let orders = Double(members.count + 1) / Double(repeats)
      extend(members + [next], probability * probabilities[next] * orders, repeats: repeats)
    }
  }
  extend([], 1, repeats: 0)
  return found
}
