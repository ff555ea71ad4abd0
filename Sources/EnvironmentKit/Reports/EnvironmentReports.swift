import Configuration
import Randomness

/// What `rl env list`, `show` and `sample` print, as JSON and as lines of text.
extension Environment {
  /// One entry of `rl env list`.
  public var summary: JSON {
    [
      "name": JSON(name), "version": JSON(version), "task": JSON(task),
      "levels": JSON(levels.map { JSON($0.name) }), "fingerprint": JSON(fingerprint),
    ]
  }

  /// All that `rl env show` knows.
  public var details: JSON {
    var json = summary
    json["alphabet"] = JSON(String(alphabet))
    json["max_new_tokens"] = JSON(maxNewTokens)
    json["file"] = resolved
    return json
  }

  /// One line an environment.
  public static func listLines(_ environments: [Environment]) -> [String] {
    var table = TextTable("name", "version", "task", "levels", "fingerprint")
    for environment in environments {
      table.append(
        environment.name, String(environment.version), environment.task,
        environment.levels.map(\.name).joined(separator: " "),
        String(environment.fingerprint.prefix(12)))
    }
    return table.lines
  }

  /// The levels with their parameters and floors, below what holds for all of them.
  public var detailLines: [String] {
    var table = TextTable("level", "floor", "parameters")
    for level in levels {
      table.append(level.name, figureText(level.floor), level.parameters.text())
    }
    let text = JSON(String(alphabet)).text()
    return [
      "\(name), version \(version), task \(task)", "fingerprint \(fingerprint)",
      "alphabet \(text), \(alphabet.count) characters",
      "completions of at most \(maxNewTokens) tokens, stop "
        + resolvedStops.map { JSON($0).text() }.joined(separator: " "),
      "",
    ] + table.lines
  }

  /// `count` problems of a level and split as an episode and SFT would show them.
  public func samples(
    _ count: Int, level: Int, split: Split, random: RandomStream
  ) throws(ConfigError) -> [JSON] {
    var samples: [JSON] = []
    for index in 0..<count {
      var random = random.split("sample", index)
      let problem = try problem(level: level, split: split, using: &random)
      samples.append([
        "level": JSON(levels[level].name), "split": JSON(split.rawValue),
        "key": JSON(problem.key), "prompt": JSON(prompt(for: problem)),
        "answer": JSON(problem.answer), "demonstration": JSON(demonstration(for: problem)),
      ])
    }
    return samples
  }

  /// One line a sample, its texts quoted so that spaces and stops show.
  public static func sampleLines(_ samples: [JSON]) -> [String] {
    var table = TextTable("level", "split", "key", "prompt", "demonstration")
    for sample in samples {
      table.append(
        sample["level"]?.string ?? "", sample["split"]?.string ?? "", sample["key"]?.string ?? "",
        sample["prompt"]?.text() ?? "", sample["demonstration"]?.text() ?? "")
    }
    return table.lines
  }

  private var resolvedStops: [String] {
    (resolved["episode"]?["stop"]?.array ?? []).compactMap(\.string)
  }
}

extension AuditRow {
  /// One line a trap.
  public static func lines(_ rows: [AuditRow]) -> [String] {
    var table = TextTable("trap", "status", "figure", "bound", "skipped", "what", "how")
    for row in rows {
      let applies = row.status != .notApplicable
      table.append(
        row.trap.rawValue, applies ? row.status.rawValue : "n/a",
        applies ? figureText(row.figure) : "", applies ? figureText(row.bound) : "",
        String(row.skipped), row.title, row.reason)
    }
    return table.lines
  }
}

extension LevelCheck {
  /// One line a level; `+` marks counts that are lower bounds.
  public static func lines(_ checks: [LevelCheck]) -> [String] {
    var table = TextTable(
      "level", "train", "eval", "test", "bad gold", "evaluated", "floor", "constant")
    for check in checks {
      let more = check.isComplete ? "" : "+"
      table.append(
        check.level, "\(check.train)\(more)", "\(check.eval)\(more)", "\(check.test)\(more)",
        String(check.badGold), check.isEvaluated ? "yes" : "no", figureText(check.floor),
        figureText(check.constantScore))
    }
    return table.lines
  }
}
