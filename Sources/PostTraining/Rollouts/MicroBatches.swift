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
