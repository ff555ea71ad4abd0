/// Where a value is inside a document, written as an override writes it: `a.b[0].c`.
indirect enum JSONPath: CustomStringConvertible, Sendable {
  case root(String)
  case key(JSONPath, String)
  case index(JSONPath, Int)

  static let top = JSONPath.root("")

  var description: String {
    switch self {
    case .root(let prefix): return prefix
    case .key(let parent, let name):
      let prefix = parent.description
      return prefix.isEmpty ? name : "\(prefix).\(name)"
    case .index(let parent, let index): return "\(parent)[\(index)]"
    }
  }
}
