/// The text with lines of at most `width` columns, broken between words; longer words stay whole.
///
/// What follows a break stands below the column that the line's text is in, where that leaves half
/// the width and room for each word, else two columns in from the line's start.
func wrapped(_ text: String, to width: Int) -> String {
  text.split(separator: "\n", omittingEmptySubsequences: false)
    .flatMap { wrappedLine(Array($0), to: width) }
    .joined(separator: "\n")
}

private func wrappedLine(_ line: [Character], to width: Int) -> [String] {
  if line.count <= width { return [String(line)] }
  let hang = hangingIndent(of: line, in: width)
  var lines: [String] = []
  var rest = line[...]
  var indent = 0
  while rest.count + indent > width {
    let text = rest.drop { $0 == " " }.startIndex
    let limit = min(rest.startIndex + width - indent, rest.endIndex - 1)
    let blank =
      rest[text...limit].lastIndex(of: " ") ?? rest[limit...].firstIndex(of: " ") ?? rest.endIndex
    lines.append(String(repeating: " ", count: indent) + trimmed(rest[..<blank]))
    rest = rest[blank...].drop { $0 == " " }
    indent = hang
  }
  if !rest.isEmpty { lines.append(String(repeating: " ", count: indent) + String(rest)) }
  return lines
}

private func hangingIndent(of line: [Character], in width: Int) -> Int {
  let start = line.prefix { $0 == " " }.count
  let column = line.indices.last { index in
    index > start + 2 && index < width / 2 && line[index] != " " && line[index - 1] == " "
      && line[index - 2] == " "
  }
  let longest = line.split(separator: " ").map(\.count).max() ?? 0
  return column.map { $0 + longest <= width ? $0 : start + 2 } ?? start + 2
}

private func trimmed(_ text: ArraySlice<Character>) -> String {
  String(text.prefix((text.lastIndex { $0 != " " } ?? text.startIndex - 1) + 1 - text.startIndex))
}
