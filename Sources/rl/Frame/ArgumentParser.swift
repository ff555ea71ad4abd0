import Configuration

/// Splits a command line by the declared options: `--x value`, `--x=value`, `-n 5`, `--`, operands.
struct ArgumentParser {
  let options: [Option]

  /// Options may stand anywhere before `--`; all that follows it are operands.
  func parse(_ arguments: some Sequence<String>) throws(Failure) -> Arguments {
    var operands: [String] = []
    var values: [String: [String]] = [:]
    var rest = Array(arguments)[...]
    while let argument = rest.popFirst() {
      if argument == "--" {
        operands += rest
        break
      }
      guard argument.hasPrefix("-"), argument != "-" else {
        operands.append(argument)
        continue
      }
      let (option, value) = try read(argument, &rest)
      let key = option.names[0]
      if !option.value.isEmpty && !option.isRepeated && values[key] != nil {
        throw .usage("\(key) is given twice")
      }
      values[key, default: []].append(value)
    }
    return Arguments(
      operands: operands, values: values, declared: Set(options.map { $0.names[0] }))
  }

  private func read(
    _ argument: String, _ rest: inout ArraySlice<String>
  ) throws(Failure) -> (Option, value: String) {
    let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    let name = String(parts[0])
    guard let option = options.first(where: { $0.names.contains(name) }) else {
      throw unknown(name)
    }
    let attached = parts.count == 2 ? String(parts[1]) : nil
    if option.value.isEmpty {
      guard attached == nil else { throw .usage("\(name) takes no value") }
      return (option, "")
    }
    if let attached { return (option, attached) }
    guard let next = rest.first, !looksLikeOption(next) else {
      throw .usage("\(name): a value is missing: \(name) \(option.value)")
    }
    rest.removeFirst()
    return (option, next)
  }

  /// Negative numbers are values.
  private func looksLikeOption(_ argument: String) -> Bool {
    argument.hasPrefix("-") && argument != "-" && Double(argument) == nil
  }

  private func unknown(_ name: String) -> Failure {
    // One letter is near every other.
    let names = options.map { $0.names[0] }.filter { _ in name.hasPrefix("--") }
    let advice =
      nearest(to: name, among: names).map { "; did you mean \($0)?" }
      ?? "; operands that begin with - stand behind --"
    return .usage("unknown option \(name)\(advice)")
  }
}
