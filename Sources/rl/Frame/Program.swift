import Configuration
import Platform

/// From a command line to a command, and from its error to the exit code.
struct Program {
  let table: [CommandEntry]

  func run(_ arguments: [String], on console: Console) -> ExitCode {
    var console = console
    // Known before anything else, so that even an unknown option is reported as asked for.
    console.isJSON = arguments.prefix { $0 != "--" }.contains("--json")
    do {
      return try dispatch(arguments, on: console)
    } catch {
      let failure = Failure(error)
      console.report(failure)
      return failure.code
    }
  }

  private func dispatch(_ arguments: [String], on console: Console) throws -> ExitCode {
    var words: [String] = []
    var rest = arguments[...]
    var leading: [String] = []
    while words.isEmpty, let argument = rest.popFirst() {
      if argument.hasPrefix("-") {
        leading.append(argument)
        if argument == "--color", let value = rest.popFirst() { leading.append(value) }
      } else {
        words.append(argument)
      }
    }
    guard let first = words.first else { return try withoutCommand(leading, on: console) }
    let group = table.filter { $0.name.hasPrefix("\(first) ") }
    if !group.isEmpty {
      guard let second = rest.first, !second.hasPrefix("-") else {
        guard rest.contains("--help") || rest.contains("-h") else {
          throw Failure.usage("rl \(first): a command is missing", advice: groupHelp(first))
        }
        console.show(HelpText.group(first, group))
        return .success
      }
      rest.removeFirst()
      words.append(second)
    }
    let name = words.joined(separator: " ")
    if first == "help" { return try showHelp(leading + rest, on: console) }
    guard let entry = table.first(where: { $0.name == name }) else { throw unknown(name) }
    return try start(entry, leading + rest, on: console)
  }

  private func start(
    _ entry: CommandEntry, _ arguments: [String], on console: Console
  ) throws -> ExitCode {
    if arguments.prefix(while: { $0 != "--" }).contains(where: { ["--help", "-h"].contains($0) }) {
      console.show(HelpText.page(entry, width: console.pageWidth))
      return .success
    }
    let help = entry.type.help
    do throws(Failure) {
      let parser = ArgumentParser(options: help.options + Option.global)
      let parsed = try parser.parse(arguments)
      try check(parsed.operands.count, entry)
      return try run(entry, parsed, on: configured(console, by: parsed))
    } catch {
      guard error.isAboutArguments, error.advice.isEmpty else { throw error }
      var failure = error
      failure.advice = "rl \(entry.name) --help shows what it takes"
      throw failure
    }
  }

  private func run(
    _ entry: CommandEntry, _ arguments: Arguments, on console: Console
  ) throws(Failure) -> ExitCode {
    do {
      return try entry.type.run(arguments, on: console)
    } catch {
      throw Failure(error)
    }
  }

  private func check(_ count: Int, _ entry: CommandEntry) throws(Failure) {
    let help = entry.type.help
    if help.operandCount.contains(count) { return }
    let expected = help.operands.isEmpty ? "no operands" : help.operands
    throw .usage("rl \(entry.name): expected \(expected), found \(count) operands")
  }

  private func configured(
    _ console: Console, by arguments: Arguments
  ) throws(Failure) -> Console {
    var console = console
    console.isQuiet = arguments.isSet("--quiet")
    console.isVerbose = arguments.isSet("--verbose")
    console.color = try arguments.choice("--color") ?? .auto
    return console
  }
}

extension Program {
  /// `rl --version`, `rl --help`, or nothing that could be done.
  private func withoutCommand(_ options: [String], on console: Console) throws -> ExitCode {
    if options.contains("--version"), let entry = table.first(where: { $0.name == "version" }) {
      return try start(entry, options.filter { $0 != "--version" }, on: console)
    }
    if options.contains("--help") || options.contains("-h") {
      console.show(HelpText.overview(table))
      return .success
    }
    _ = try ArgumentParser(options: Option.global).parse(options)
    throw Failure.usage("a command is missing", advice: HelpText.overview(table))
  }

  private func showHelp(_ arguments: [String], on console: Console) throws -> ExitCode {
    let parsed = try ArgumentParser(options: Option.global).parse(arguments)
    let name = parsed.operands.joined(separator: " ")
    let console = try configured(console, by: parsed)
    let group = table.filter { $0.name.hasPrefix("\(name) ") }
    if name.isEmpty {
      console.show(HelpText.overview(table))
    } else if let entry = table.first(where: { $0.name == name }) {
      console.show(HelpText.page(entry, width: console.pageWidth))
    } else if let topic = helpTopics.first(where: { $0.name == name }) {
      console.show(HelpText.filled(topic.text(), width: console.pageWidth))
    } else if !group.isEmpty {
      console.show(HelpText.group(name, group))
    } else {
      throw unknown(name, topics: helpTopics.map(\.name))
    }
    return .success
  }

  private func groupHelp(_ name: String) -> String {
    HelpText.group(name, table.filter { $0.name.hasPrefix("\(name) ") })
  }

  private func unknown(_ name: String, topics: [String] = []) -> Failure {
    let names = table.map(\.name) + topics + ["help"]
    let near = nearest(to: name, among: names)
    let advice = near.map { "; did you mean \"\($0)\"?" } ?? ""
    let what = topics.isEmpty ? "command" : "command or topic"
    return .usage("unknown \(what) \"\(name)\"\(advice)", advice: "rl help lists them")
  }
}
