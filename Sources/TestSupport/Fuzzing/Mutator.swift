import Configuration
import Randomness

/// Makes wrong inputs of right ones.
struct Mutator: Sendable {
  /// What one mutation does to an input.
  enum Mutation: CaseIterable {
    case flipBit, setByte, remove, truncate, duplicate, splice, insertWord, replaceRun
  }

  private let samples: [[UInt8]]
  private let words: [[UInt8]]
  /// The samples as JSON, where all of them are: what is still JSON goes deeper into a reader.
  private let trees: [JSON]

  init(samples: [[UInt8]], words: [[UInt8]]) {
    (self.samples, self.words) = (samples, words)
    let parsed = samples.compactMap { try? JSON(parsing: $0) }
    trees = parsed.count == samples.count ? parsed : []
  }

  /// One of the samples after one to four mutations, of its bytes or of its values.
  func input(from stream: RandomStream) -> [UInt8] {
    var random = stream
    let count = 1 + random.below(4)
    if !trees.isEmpty && random.below(2) == 0 {
      var tree = random.element(of: trees)
      for _ in 0..<count { tree = changed(tree, with: trees, &random) }
      return Array(tree.text().utf8)
    }
    var bytes = random.element(of: samples)
    for _ in 0..<count { mutate(&bytes, &random) }
    return bytes
  }

  private func mutate(_ bytes: inout [UInt8], _ random: inout RandomStream) {
    let place = random.below(bytes.count + 1)
    let isInside = place < bytes.count
    /// A short range from `place` on.
    func range() -> Range<Int> { place..<min(bytes.count, place + 1 + random.below(24)) }
    switch random.element(of: Mutation.allCases) {
    case .flipBit: if isInside { bytes[place] ^= 1 << random.below(8) }
    case .setByte: if isInside { bytes[place] = UInt8(random.below(256)) }
    case .remove: bytes.removeSubrange(range())
    case .truncate: bytes.removeSubrange(place...)
    case .duplicate:
      // Now and then often enough for a reader that counts, or recurses.
      let times = random.below(16) == 0 ? 200 : 1
      let part = Array(bytes[range()])
      bytes.insert(contentsOf: Array(repeating: part, count: times).joined(), at: place)
    case .splice:
      let other = random.element(of: samples)
      bytes.replaceSubrange(place..., with: other[random.below(other.count + 1)...])
    case .insertWord:
      guard !words.isEmpty else { return }
      bytes.replaceSubrange(
        random.below(2) == 0 ? place..<place : range(), with: random.element(of: words))
    case .replaceRun:
      guard isInside, !words.isEmpty else { return }
      bytes.replaceSubrange(run(around: place, in: bytes), with: random.element(of: words))
    }
  }

  /// The number, name or bare word that `place` is in: what stands for it may then be read.
  private func run(around place: Int, in bytes: [UInt8]) -> Range<Int> {
    func isPart(_ byte: UInt8) -> Bool {
      (0x30...0x39).contains(byte) || (0x61...0x7a).contains(byte | 0x20)
        || [0x2b, 0x2d, 0x2e, 0x5f].contains(byte)
    }
    var range = place..<place
    while range.lowerBound > 0, isPart(bytes[range.lowerBound - 1]) {
      range = range.lowerBound - 1..<range.upperBound
    }
    while range.upperBound < bytes.count, isPart(bytes[range.upperBound]) {
      range = range.lowerBound..<range.upperBound + 1
    }
    return range
  }
}
