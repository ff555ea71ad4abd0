/// The candidate that takes the fewest insertions, deletions, replacements and swaps of neighbours.
///
/// None is close enough when more than a third of the letters (but at least two) would change.
public func nearest(to word: String, among candidates: [String]) -> String? {
  let limit = max(2, word.utf8.count / 3)
  let ranked = candidates.map { (name: $0, distance: editDistance(word, $0)) }
  guard let best = ranked.min(by: { $0.distance < $1.distance }), best.distance <= limit,
    best.distance < max(word.utf8.count, 1)
  else { return nil }
  return best.name
}

/// The optimal string alignment distance between the UTF-8 bytes.
func editDistance(_ left: String, _ right: String) -> Int {
  let (a, b) = (Array(left.utf8), Array(right.utf8))
  var older: [Int] = []
  var previous = Array(0...b.count)
  for i in 0..<a.count {
    var row = [i + 1]
    for j in 0..<b.count {
      var cost = min(previous[j] + (a[i] == b[j] ? 0 : 1), previous[j + 1] + 1, row[j] + 1)
      if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { cost = min(cost, older[j - 1] + 1) }
      row.append(cost)
    }
    (older, previous) = (previous, row)
  }
  return previous[b.count]
}
