import Configuration
import Randomness

/// The value with one of its parts replaced, removed, doubled, or called otherwise.
func changed(_ json: JSON, with others: [JSON], _ random: inout RandomStream) -> JSON {
  switch json.kind {
  case .array(var elements) where !elements.isEmpty && random.below(8) > 0:
    let place = random.below(elements.count)
    switch random.below(12) {
    case 0: elements.remove(at: place)
    case 1: elements.insert(elements[place], at: place)
    default: elements[place] = changed(elements[place], with: others, &random)
    }
    return JSON(elements)
  case .object(var members) where !members.isEmpty && random.below(8) > 0:
    let place = random.below(members.count)
    switch random.below(12) {
    case 0: members.remove(at: place)
    case 1: members[place].key = random.element(of: keys(of: random.element(of: others)))
    case 2:
      let donor = random.element(of: others)
      members += (donor.members ?? []).filter { own in
        random.below(4) == 0 && !members.contains { $0.key.utf8.elementsEqual(own.key.utf8) }
      }
    default: members[place].value = changed(members[place].value, with: others, &random)
    }
    return JSON(.object(members))
  default: return replacement(for: json, among: others, &random)
  }
}

/// A value of the same kind, a hostile one, or a part of another sample.
private func replacement(
  for json: JSON, among others: [JSON], _ random: inout RandomStream
) -> JSON {
  if let number = json.int, random.below(2) == 0 {
    return JSON(number &+ random.element(of: [-1, 1, number, Int.max]))
  }
  if let text = json.string, random.below(2) == 0 {
    return JSON(String(repeating: text, count: random.below(3)) + random.element(of: hostileTexts))
  }
  if random.below(2) == 0 { return random.element(of: hostileValues) }
  var part = random.element(of: others)
  while random.below(4) > 0 {
    let children = part.array ?? (part.members ?? []).map(\.value)
    if children.isEmpty { break }
    part = random.element(of: children)
  }
  return part
}

/// The names in the object, or one that no object has.
private func keys(of json: JSON) -> [String] {
  (json.members ?? []).map(\.key) + ["\u{0}"]
}

private let hostileTexts = [
  "", "\u{0}", "e\u{301}", "{question}", "-", "0", "\n", "<", String(repeating: "a", count: 400),
]

private let hostileValues: [JSON] = [
  .null, true, false, 0, -1, 1, 64, 65_536, 2_147_483_647, 4_294_967_296, JSON(Int.max),
  JSON(Int.min),
  1e308, -1e308, 1e-300, 0.5, 1e19, "", "x", [], [[]], [0], ["x"], [:], ["": .null],
]
