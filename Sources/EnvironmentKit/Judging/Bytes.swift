/// Byte questions that judging asks; none of them looks at more than the bytes it was given.
extension UInt8 {
  var isASCIISpace: Bool { self == 0x20 || (0x09...0x0d).contains(self) }
  var isDigit: Bool { (0x30...0x39).contains(self) }
  var isLetter: Bool { (0x61...0x7a).contains(self | 0x20) }
}

extension ArraySlice<UInt8> {
  /// Without the ASCII white space at both ends. Other spaces (U+00A0, U+200B) are content.
  var trimmed: ArraySlice<UInt8> {
    var slice = self
    while let first = slice.first, first.isASCIISpace { slice.removeFirst() }
    while let last = slice.last, last.isASCIISpace { slice.removeLast() }
    return slice
  }

  /// Whether `pattern` stands at `position`.
  func has(_ pattern: [UInt8], at position: Int) -> Bool {
    guard endIndex - position >= pattern.count else { return false }
    for offset in pattern.indices where self[position + offset] != pattern[offset] { return false }
    return true
  }

  /// Where `pattern` first stands; in linear time, as patterns are short constants of a file.
  func firstPosition(of pattern: [UInt8], from start: Int) -> Int? {
    guard let first = pattern.first, start <= endIndex else { return nil }
    var position = start
    while let next = self[position...].firstIndex(of: first) {
      if has(pattern, at: next) { return next }
      position = next + 1
    }
    return nil
  }
}
