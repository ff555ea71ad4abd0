import Foundation

/// Rows as lines with aligned columns; the last column is not filled.
func textTable(_ rows: [[String]], indent: String = "") -> String {
  let count = rows.map(\.count).max() ?? 0
  let widths = (0..<count).map { column in
    rows.map { $0.indices.contains(column) ? $0[column].count : 0 }.max() ?? 0
  }
  return rows.map { row in
    let cells = row.enumerated().map { index, cell in
      index == row.count - 1 ? cell : padded(cell, widths[index])
    }
    return indent + cells.joined(separator: "  ")
  }.joined(separator: "\n")
}

/// The text filled with blanks on the right.
private func padded(_ text: String, _ width: Int) -> String {
  text + String(repeating: " ", count: max(0, width - text.count))
}

/// Four significant digits, as many as a reader compares.
func short(_ number: Double) -> String { String(format: "%.4g", number) }
