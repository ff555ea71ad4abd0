/// The one place where Swift's `camelCase` properties meet the files' `snake_case` keys.
///
/// A property's key is a function of its name: every capital letter that starts a word gets an
/// underscore (`topK` → `top_k`, `someURLPart` → `some_url_part`; digits belong to the word before
/// them: `adamBeta1` → `adam_beta1`). Names in snake case stay as they are. Keys of dictionaries
/// and ordered maps are data, and never pass through here.
func snakeCase(_ name: String) -> String {
  let bytes = Array(name.utf8)
  guard bytes.contains(where: isCapital) else { return name }
  var snake: [UInt8] = []
  for (index, byte) in bytes.enumerated() {
    guard isCapital(byte) else {
      snake.append(byte)
      continue
    }
    let follows = index > 0 && bytes[index - 1] != UInt8(ascii: "_")
    let startsWord =
      follows
      && (!isCapital(bytes[index - 1])
        || (index + 1 < bytes.count && !isCapital(bytes[index + 1])
          && bytes[index + 1] != UInt8(ascii: "_")))
    if startsWord { snake.append(UInt8(ascii: "_")) }
    snake.append(byte | 0x20)
  }
  return String(decoding: snake, as: UTF8.self)
}

/// The plain inverse, for containers that list their keys: `top_k` → `topK`.
func camelCase(_ key: String) -> String {
  let words = key.split(separator: "_")
  guard let first = words.first, key.utf8.first != UInt8(ascii: "_") else { return key }
  return words.dropFirst().reduce(String(first)) { $0 + $1.prefix(1).uppercased() + $1.dropFirst() }
}

private func isCapital(_ byte: UInt8) -> Bool { (0x41...0x5a).contains(byte) }
