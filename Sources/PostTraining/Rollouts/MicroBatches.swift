import Configuration
import LanguageModels
import TensorCore

/// Consecutive items in parts whose sizes reach `limit`: the split changes no gradient.
func microBatches<Item>(_ items: [Item], limit: Int, size: (Item) -> Int) -> [[Item]] {
  var batches: [[Item]] = []
  var rows = 0
  for item in items {
    if batches.isEmpty || rows >= limit {
      batches.append([])
      rows = 0
    }
    batches[batches.count - 1].append(item)
    rows += size(item)
  }
  return batches
}

extension PackedTokens {
  /// Rows, where the sequences lie in them, and what is scored.
  var json: JSON {
    [
      "tokens": JSON(tokens.map { JSON(Int($0)) }),
      "segments": JSON(
        segments.map {
          [
            "first": JSON($0.rows.lowerBound), "count": JSON($0.rows.count),
            "parent": $0.parent.map { JSON($0) } ?? .null,
          ] as JSON
        }),
      "targets": JSON(
        targets.map { [JSON(Int($0.row)), JSON(Int($0.token)), JSON(Int($0.sequence))] as JSON }),
    ]
  }
}
