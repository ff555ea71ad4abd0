import Configuration
import Foundation
import Objectives
import PostTraining
import Worlds

/// What may stand at the cursor of a command line that is being written.
struct Completion: Equatable {
  struct Candidate: Equatable {
    var text: String
    var meaning = ""
  }

  var candidates: [Candidate] = []
  /// Whether any file may stand there too.
  var files = false
}

/// Completes command lines from the command table, and by what placeholders stand for: CONFIG,
/// ENVIRONMENT, RUN, METRIC, ESTIMATOR, WORLD, FILE, DIR, PATH, `key.path=value`, and words between `|`.
struct Completer {
  let table: [CommandEntry]

  /// What may follow; `words` begin behind the program's name, the last is the unfinished one.
  func complete(_ words: [String]) -> Completion {
    let current = words.last ?? ""
    var result = everything(Array(words.dropLast()), current)
    result.candidates.removeAll { !$0.text.hasPrefix(current) }
    return result
  }

  private func everything(_ before: [String], _ current: String) -> Completion {
    var rest = before[...]
    var leading: [String] = []
    while let word = rest.first, word.hasPrefix("-") {
      leading.append(rest.removeFirst())
      if word == "--color", let value = rest.popFirst() { leading.append(value) }
    }
    guard let first = rest.popFirst() else {
      return leading.last == "--color" || current.hasPrefix("-")
        ? options(Option.global, leading, current) : Completion(candidates: firstWords)
    }
    if first == "help" { return Completion(candidates: helpWords(Array(rest))) }
    let group = table.filter { $0.name.hasPrefix("\(first) ") }
    if group.isEmpty { return arguments(of: first, leading + rest, current) }
    guard let second = rest.popFirst() else { return Completion(candidates: secondWords(group)) }
    return arguments(of: "\(first) \(second)", leading + rest, current)
  }

  private func arguments(
    of name: String, _ before: [String], _ current: String
  ) -> Completion {
    guard let help = table.first(where: { $0.name == name })?.type.help else { return Completion() }
    let known = help.options + Option.global
    if !before.contains("--"), current.hasPrefix("-") || awaitsValue(before.last, known) {
      return options(known, before, current)
    }
    return values(help.operands, before, current)
  }

  private func options(
    _ known: [Option], _ before: [String], _ current: String
  ) -> Completion {
    if let last = before.last, awaitsValue(last, known) {
      let option = known.first { $0.names.contains(last) }
      return values(option?.value ?? "", before, current)
    }
    if let equals = current.firstIndex(of: "=") {
      let option = known.first { $0.names.contains(String(current[..<equals])) }
      var result = values(
        option?.value ?? "", before, String(current[current.index(after: equals)...]))
      for index in result.candidates.indices {
        result.candidates[index].text =
          "\(current[...equals])\(result.candidates[index].text)"
      }
      return result
    }
    let left = known.filter { option in
      option.isRepeated || !option.names.contains(where: before.contains)
    }
    return Completion(candidates: left.map { .init(text: $0.names[0], meaning: $0.meaning) })
  }

  private func awaitsValue(_ word: String?, _ known: [Option]) -> Bool {
    known.contains { option in
      word.map { !option.value.isEmpty && option.names.contains($0) } ?? false
    }
  }
}

extension Completer {
  private var firstWords: [Completion.Candidate] {
    var found: [Completion.Candidate] = []
    for entry in table {
      let words = entry.name.split(separator: " ").map(String.init)
      let meaning = words.count == 1 ? entry.summary : "a group of commands"
      if !found.contains(where: { $0.text == words[0] }) {
        found.append(.init(text: words[0], meaning: meaning))
      }
    }
    return found + [.init(text: "help", meaning: "explains a command or a topic")]
  }

  private func secondWords(_ group: [CommandEntry]) -> [Completion.Candidate] {
    group.map { entry in
      .init(text: String(entry.name.split(separator: " ")[1]), meaning: entry.summary)
    }
  }

  private func helpWords(_ before: [String]) -> [Completion.Candidate] {
    if let first = before.first {
      return secondWords(table.filter { $0.name.hasPrefix("\(first) ") })
    }
    return firstWords.filter { $0.text != "help" }
      + helpTopics.map { .init(text: $0.name, meaning: $0.summary) }
  }

  /// What a placeholder such as `auto|never|PATH` or `CONFIG… [key.path=value …]` stands for.
  private func values(
    _ placeholder: String, _ before: [String], _ current: String
  ) -> Completion {
    var result = Completion()
    let words = placeholder.split { " |[]…".contains($0) }.map(String.init)
    for word in words {
      switch word {
      case "FILE", "DIR", "PATH": result.files = true
      case "CONFIG": add(folders.list(.configs).map(lastComponent))
      case "ENVIRONMENT": add(folders.list(.environments).map(lastComponent))
      case "RUN":
        let runs = (try? FileManager.default.contentsOfDirectory(atPath: "runs")) ?? []
        result.candidates += runs.sorted().filter {
          FileManager.default.fileExists(atPath: "runs/\($0)/config.json")
        }.map { .init(text: "runs/\($0)", meaning: "a run") }
        result.files = true
      case "METRIC":
        // <…> stands for a name that only a run knows.
        result.candidates += MetricsCommand.definitions.filter { !$0.name.contains("<") }
          .map { .init(text: $0.name, meaning: $0.formula) }
      case "ESTIMATOR": result.candidates += BiasTable.names.map { .init(text: $0) }
      case "WORLD":
        result.candidates += World.all.map { .init(text: $0.name, meaning: $0.summary) }
      case "key.path=value": result.candidates += keys(before, current, prefix: "", suffix: "=")
      case "~key.path": result.candidates += keys(before, current, prefix: "~", suffix: "")
      case _ where word.first?.isLowercase == true && !word.contains("."):
        result.candidates.append(.init(text: word))
      default: break
      }
    }
    return result

    func add(_ names: [String]) {
      result.candidates += names.map { .init(text: $0) }
      result.files = true
    }
  }

  /// Every key of the configurations that the line names.
  private func keys(
    _ before: [String], _ current: String, prefix: String, suffix: String
  ) -> [Completion.Candidate] {
    if current.hasPrefix("~") != (prefix == "~") { return [] }
    let files = before.filter { $0.hasSuffix(".json") }
    guard !files.isEmpty,
      let resolved = try? RunArguments(files: files, overrides: []).resolved,
      let values = try? resolved.provenance()
    else { return [] }
    return values.map { value in
      .init(text: "\(prefix)\(value.path)\(suffix)", meaning: value.value.text())
    }
  }
}

private func lastComponent(_ path: String) -> String { (path as NSString).lastPathComponent }
