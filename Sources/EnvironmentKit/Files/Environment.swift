import Configuration
import Platform
import Randomness

/// What an environment file describes, ready to ask and to judge. An immutable value.
public struct Environment: Sendable {
  /// One rung of the ladder.
  public struct Level: Sendable {
    public let name: String
    /// All parameters of the family, resolved.
    public let parameters: JSON
    /// The published mean score of the best constant answer.
    public let floor: Double
    let family: any ProblemFamily
  }

  public let name: String
  public let version: Int
  public let task: String
  /// SHA-256 of the resolved file and the family's code version: equal only for equal problems.
  public let fingerprint: String
  /// Easiest first, never empty.
  public let levels: [Level]
  /// Texts that end a completion, as bytes.
  public let stop: [[UInt8]]
  public let maxNewTokens: Int
  /// A level with fewer distinct keys in a split is not to be evaluated on it.
  public let minimumKeys: Int
  /// Every character of prompts and demonstrations, in the order of their code points.
  public let alphabet: [Character]
  /// The file with every default written out.
  public let resolved: JSON

  let judging: Judging
  let keySplit: KeySplit
  let familyType: any ProblemFamily.Type
  private let template: (before: String, after: String)
  private let system: String
  private let stopTexts: [String]
  private let stepDelimiter: String

  /// Builds what `json` describes with a family of `catalog`.
  public init(
    _ json: JSON, catalog: [any ProblemFamily.Type]
  ) throws(ConfigErrors) {
    let file = try read(EnvironmentFile.self, from: json)
    let type = try Self.family(named: file.task, in: catalog, json: json)
    if file.taskVersion != 0 && file.taskVersion != type.version {
      throw ConfigErrors([
        ConfigError(
          path: "task_version",
          reason: "\(file.task) makes the problems of version \(type.version) here",
          location: json["task_version"]?.location.description ?? "")
      ])
    }
    do {
      levels = try Self.levels(of: file, json: json, family: type)
      judging = try Judging(file)
      let resolved = try Self.resolved(file, levels: levels, family: type)
      self.resolved = resolved
      fingerprint = SHA256.hexDigest(of: Array(resolved.canonical.utf8))
    } catch let error as ConfigErrors {
      throw error
    } catch {
      throw ConfigErrors([error as? ConfigError ?? ConfigError(path: "", reason: "\(error)")])
    }
    (name, version, task) = (file.name, file.version, file.task)
    (system, stopTexts, familyType) = (file.prompt.system, file.episode.stop, type)
    (template, stepDelimiter) = (file.prompt.parts, file.steps.delimiter)
    stop = file.episode.stop.map { Array($0.utf8) }
    maxNewTokens = file.episode.maxNewTokens
    minimumKeys = file.split.minKeys
    keySplit = KeySplit(
      salt: file.split.salt, family: type.name,
      evalShare: Int((file.split.eval * 1000).rounded()),
      testShare: Int((file.split.test * 1000).rounded()))
    let texts =
      levels.map(\.family.alphabet) + stopTexts
      + [template.before, template.after, stepDelimiter]
    alphabet = Set(texts.joined()).sorted {
      $0.unicodeScalars.lexicographicallyPrecedes($1.unicodeScalars)
    }
  }

  /// Reads and builds the file at `path`.
  public init(contentsOfFile path: String, catalog: [any ProblemFamily.Type]) throws(ConfigErrors) {
    try self.init(JSON(contentsOfFile: path), catalog: catalog)
  }
}

extension Environment {
  /// The text that the policy continues.
  public func prompt(for problem: Problem) -> String {
    template.before + problem.question + template.after
  }

  /// The completion that SFT teaches: the steps, the answer and the first stop.
  public func demonstration(for problem: Problem) -> String {
    let steps = stepDelimiter.isEmpty ? [] : problem.steps
    return (steps + [problem.answer]).joined(separator: stepDelimiter) + (stopTexts.first ?? "")
  }

  /// One attempt at `problem`, a value to copy for each rollout of a group.
  public func episode(for problem: Problem, level: Int = 0) -> any Episode {
    let system = system.isEmpty ? [] : [Message(.system, system)]
    return levels[level].family.episode(
      for: problem, opening: system + [Message(.user, prompt(for: problem))], judging: judging)
  }

  /// Judges one completion outside an episode, as a rescoring does.
  public func verdict(
    on completion: [UInt8], isTruncated: Bool, problem: Problem
  ) -> Verdict {
    judging.verdict(on: completion, isTruncated: isTruncated, problem: problem)
  }

  /// The index of the level called `name`.
  public func level(named name: String) throws(ConfigError) -> Int {
    if let index = levels.firstIndex(where: { $0.name == name }) { return index }
    let names = levels.map(\.name)
    let advice =
      nearest(to: name, among: names).map { "did you mean \"\($0)\"?" }
      ?? "there are \(names.joined(separator: ", "))"
    throw ConfigError(
      path: "level", reason: "\(self.name) has no level \"\(name)\"; \(advice)")
  }
}

extension Environment {
  private static func family(
    named name: String, in catalog: [any ProblemFamily.Type], json: JSON
  ) throws(ConfigErrors) -> any ProblemFamily.Type {
    if let type = catalog.first(where: { $0.name == name }) { return type }
    let names = catalog.map { $0.name }
    let advice =
      nearest(to: name, among: names).map { "did you mean \"\($0)\"?" }
      ?? "there are \(names.joined(separator: ", "))"
    let location = json["task"]?.location.description ?? json.location.description
    throw ConfigErrors([
      ConfigError(
        path: "task", reason: name.isEmpty ? "a family is missing" : "no family; \(advice)",
        location: location)
    ])
  }

  private static func levels<Family: ProblemFamily>(
    of file: EnvironmentFile, json: JSON, family: Family.Type
  ) throws -> [Level] {
    let base = try read(Family.Config.self, from: file.params, path: "params")
    guard !file.levels.isEmpty else { return try ownLevels(of: family) }
    return try file.levels.enumerated().map { index, level in
      let path = "levels[\(index)].params"
      let config = try read(
        Family.Config.self, from: level.params, path: path, defaults: base)
      do {
        return Level(
          name: level.name, parameters: try JSON(encoding: config), floor: level.floor,
          family: try Family(config))
      } catch let error as ConfigError {
        let place = json["levels"]?[index]?.location.description ?? ""
        throw ConfigError(path: "\(path).\(error.path)", reason: error.reason, location: place)
      }
    }
  }

  private static func ownLevels<Family: ProblemFamily>(
    of family: Family.Type
  ) throws -> [Level] {
    try Family.levels.enumerated().map { index, config in
      Level(
        name: String(index), parameters: try JSON(encoding: config), floor: 1,
        family: try Family(config))
    }
  }

  /// The file with every default, the family's parameters at each level and its code version.
  private static func resolved(
    _ file: EnvironmentFile, levels: [Level], family: any ProblemFamily.Type
  ) throws -> JSON {
    var json = try JSON(encoding: file)
    json["levels"] = JSON(
      levels.map { level in
        [
          "name": JSON(level.name), "params": level.parameters, "floor": JSON(level.floor),
        ] as JSON
      })
    json["params"] = nil
    // A file without steps keeps the fingerprint that it had before there were any, and one that
    // does not require them the one that it had before that could be asked.
    if !file.steps.required { json["steps"]?["required"] = nil }
    if file.steps.delimiter.isEmpty { json["steps"] = nil }
    json["task_version"] = JSON(family.version)
    return json
  }
}

extension Judging {
  fileprivate init(_ file: EnvironmentFile) throws(ConfigError) {
    extractor = try file.extract.make(from: ExtractorCatalog.types)
    verifier = try file.verify.make(from: VerifierCatalog.types)
    partial = try file.reward.partial.make(from: PartialCreditCatalog.types)
    var reports: [Report] = []
    for block in file.report {
      reports.append(
        Report(
          name: block.name, extractor: try block.extract.make(from: ExtractorCatalog.types),
          verifier: try block.verify.make(from: VerifierCatalog.types)))
    }
    self.reports = reports
    (reward, steps) = (file.reward, file.steps)
    stepDelimiter = Array(file.steps.delimiter.utf8)
    stop = file.episode.stop.map { Array($0.utf8) }
    requiresStop = file.episode.requireStop
    completionBytes = file.limits.completionBytes
  }
}
