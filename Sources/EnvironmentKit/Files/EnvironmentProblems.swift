import Configuration
import Randomness

extension Environment {
  /// Draws at a level until a problem of `split` comes.
  ///
  /// Throws after 10 000 draws: the level has (nearly) no key in that split.
  public func problem(
    level: Int, split: Split, using random: inout RandomStream
  ) throws(ConfigError) -> Problem {
    let family = levels[level].family
    for _ in 0..<10_000 {
      let problem = family.problem(using: &random)
      if keySplit.split(of: problem.key) == split { return problem }
    }
    throw ConfigError(
      path: "split",
      reason: "\(name): level \"\(levels[level].name)\" has no \(split.rawValue) problem "
        + "in 10000 draws")
  }

  /// Which side of the split a problem's key is on.
  public func split(of problem: Problem) -> Split { keySplit.split(of: problem.key) }

  /// The same problem in another of its forms: the operands of `+` in another order.
  public func rephrased(
    _ problem: Problem, level: Int, using random: inout RandomStream
  ) -> Problem {
    levels[level].family.rephrased(problem, using: &random)
  }

  /// Problems with distinct keys in a fixed order that no seed of a run changes.
  ///
  /// A level's list is the first meeting of each key in one stream that belongs to the level's
  /// parameters. It ends at `limit`, or when 20 draws for each key found so far (all splits), and
  /// 2 000 more, brought no new key: a key half as likely as its peers is then missed with
  /// probability below `e^-10`. Without a level the lists of all levels are read in turns, and a
  /// key counts once.
  public func distinctProblems(level: Int?, split: Split, atMost limit: Int) -> [Problem] {
    distinctItems(levels: level.map { [$0] } ?? Array(levels.indices), split: split, atMost: limit)
      .map(\.problem)
  }

  /// As `distinctProblems`, over the given levels, with the level that each problem was drawn at.
  public func distinctItems(levels: [Int], split: Split, atMost limit: Int) -> [Choice] {
    let lists = levels.map { enumerated($0, split, limit) }
    var seen: Set<UInt64> = []
    var items: [Choice] = []
    for turn in 0..<(lists.map(\.count).max() ?? 0) {
      for (level, list) in zip(levels, lists) where turn < list.count {
        guard items.count < limit else { return items }
        if seen.insert(list[turn].digest).inserted {
          items.append(Choice(level: level, problem: list[turn].problem))
        }
      }
    }
    return items
  }

  /// Distinct keys of a level in each split; complete unless the enumeration stopped at `limit`.
  public func keyCounts(
    level: Int, atMost limit: Int
  ) -> (counts: [Split: Int], isComplete: Bool) {
    let found = enumerated(level, nil, limit)
    var counts: [Split: Int] = [:]
    for item in found { counts[keySplit.split(ofDigest: item.digest), default: 0] += 1 }
    return (counts, found.count < limit)
  }

  /// The keys of `split`, or of all three.
  private func enumerated(
    _ level: Int, _ split: Split?, _ limit: Int
  ) -> [(digest: UInt64, problem: Problem)] {
    let family = levels[level].family
    var random = RandomStream(seed: fnv1a(levels[level].parameters.canonical))
      .split("distinct problems")
    var seen: Set<UInt64> = []  // by 64-bit digest: 10⁵ keys collide with probability 10⁻⁹
    var found: [(digest: UInt64, problem: Problem)] = []
    var fruitless = 0
    while found.count < limit && fruitless < 2000 + 20 * seen.count {
      let problem = family.problem(using: &random)
      let digest = keySplit.digest(of: problem.key)
      fruitless += 1
      guard seen.insert(digest).inserted else { continue }
      fruitless = 0
      if split == nil || keySplit.split(ofDigest: digest) == split {
        found.append((digest, problem))
      }
    }
    return found
  }

  /// The best constant answer to these problems and the mean score it earns.
  public func constantFloor(of problems: [Problem]) -> (answer: String, score: Double) {
    guard let answer = mostCommonAnswer(of: problems) else { return ("", 0) }
    return (answer, meanScore(of: answer, on: problems))
  }

  /// The mean score that answering `answer` to everything earns.
  func meanScore(of answer: String, on problems: [Problem]) -> Double {
    let completion = Array(answer.utf8)
    let scores = problems.compactMap {
      judging.verdict(on: completion, isTruncated: false, problem: $0).score
    }
    return scores.isEmpty ? 0 : scores.reduce(0, +) / Double(scores.count)
  }

  /// Ties go to the answer met first.
  func mostCommonAnswer(of problems: [Problem]) -> String? {
    var counts: [String: Int] = [:]
    for problem in problems { counts[problem.answer, default: 0] += 1 }
    let highest = counts.values.max()
    return problems.first { counts[$0.answer] == highest }?.answer
  }
}
