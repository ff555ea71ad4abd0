/// Rows of text in aligned columns, numbers to the right, for `rl env`.
public struct TextTable: Sendable {
  private let header: [String]
  private var rows: [[String]] = []

  public init(_ header: String...) { self.header = header }

  /// Appends a row, which must have a cell for each column.
  public mutating func append(_ cells: String...) {
    precondition(
      cells.count == header.count, "TextTable: \(cells.count) cells, \(header.count) columns")
    rows.append(cells)
  }

  /// One line a row, the header first, without trailing spaces.
  public var lines: [String] {
    let all = [header] + rows
    let widths = header.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
    return all.map { row in
      var line = ""
      for (column, cell) in row.enumerated() {
        let padding = String(repeating: " ", count: widths[column] - cell.count)
        line += (column == 0 ? "" : "  ") + (isNumeric(column) ? padding + cell : cell + padding)
      }
      while line.hasSuffix(" ") { line.removeLast() }
      return line
    }
  }

  private func isNumeric(_ column: Int) -> Bool {
    !rows.isEmpty
      && rows.allSatisfy { row in
        row[column].isEmpty || row[column].utf8.allSatisfy { $0.isDigit || "+-.".utf8.contains($0) }
      }
  }
}

/// A figure with at most four decimals and no trailing zeros.
func figureText(_ value: Double) -> String {
  let scaled = Int((abs(value) * 10_000).rounded())
  var text = String(scaled / 10_000)
  var decimals = String(10_000 + scaled % 10_000).dropFirst()
  while decimals.last == "0" { decimals.removeLast() }
  if !decimals.isEmpty { text += "." + decimals }
  return (value < 0 && scaled > 0 ? "-" : "") + text
}
