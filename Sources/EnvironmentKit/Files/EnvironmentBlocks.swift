import Configuration

/// An environment file, format `rl-env-file/1`: what is asked, how, and how it is judged.
public struct EnvironmentFile: ConfigBlock {
  static let currentFormat = "rl-env-file/1"

  public var format = ""
  public var name = ""
  public var version = 0
  public var kind = "builtin"
  public var task = ""
  public var taskVersion = 0
  public var params: JSON = [:]
  public var levels: [LevelBlock] = []
  public var prompt = PromptBlock()
  public var episode = EpisodeBlock()
  public var extract = Variant<ExtractorCatalog>()
  public var verify = Variant<VerifierCatalog>()
  public var steps = StepsBlock()
  public var report: [ReportBlock] = []
  public var reward = RewardBlock()
  public var split = SplitBlock()
  public var limits = LimitsBlock()
  public init() {}

  public static let keys = [
    KeyDescription("format", "the format of this file: \(currentFormat)"),
    KeyDescription("name", "what metrics call this environment"),
    KeyDescription("version", "raised when the file's meaning changes", "0..."),
    KeyDescription("kind", "builtin: problems of a family; others are not in this version"),
    KeyDescription("task", "the problem family"),
    KeyDescription("task_version", "the version of its problems; 0 takes the one there is", "0..."),
    KeyDescription("params", "the family's parameters, shared by all levels"),
    KeyDescription("levels", "the ladder, easiest first; empty: the family's own"),
    KeyDescription("prompt", "how a question is asked"),
    KeyDescription("episode", "when a completion ends"),
    KeyDescription("extract", "where in the completion the answer is"),
    KeyDescription("verify", "when an answer is right"),
    KeyDescription("steps", "what is written before the answer"),
    KeyDescription("report", "further readings, reported and never rewarded"),
    KeyDescription("reward", "what each outcome is worth"),
    KeyDescription("split", "which keys are held out"),
    KeyDescription("limits", "bounds in bytes: a verdict never depends on a clock"),
  ]

  public func validate() throws(ConfigError) {
    guard format == Self.currentFormat else {
      throw ConfigError(path: "format", reason: "expected \"\(Self.currentFormat)\"")
    }
    guard !name.isEmpty else { throw ConfigError(path: "name", reason: "a name is missing") }
    guard version >= 1 else {
      throw ConfigError(path: "version", reason: "a version from 1 is missing")
    }
    guard kind == "builtin" else {
      let isKnown = ["jsonl", "process", "mixture"].contains(kind)
      throw ConfigError(
        path: "kind",
        reason: isKnown ? "\"\(kind)\" is not in this version" : "expected \"builtin\"")
    }
    let (delimiter, stops) = (Array(steps.delimiter.utf8), episode.stop.map { Array($0.utf8) })
    guard !stops.contains(where: { $0[...].firstPosition(of: delimiter, from: 0) != nil }) else {
      throw ConfigError(path: "steps.delimiter", reason: "stands in a stop, which ends the answer")
    }
    for (index, level) in levels.enumerated()
    where levels[..<index].contains(where: { $0.name == level.name }) {
      throw ConfigError(
        path: "levels", reason: "two levels are called \"\(level.name)\"")
    }
  }
}

/// One rung of the ladder: parameters over the file's own.
public struct LevelBlock: ConfigBlock {
  public var name = ""
  public var params: JSON = [:]
  public var floor = 1.0
  public init() {}
  public static let keys = [
    KeyDescription("name", "what metrics call this level"),
    KeyDescription("params", "parameters that differ from the file's"),
    KeyDescription("floor", "the published mean score of the best constant answer", "0...1"),
  ]

  public func validate() throws(ConfigError) {
    guard !name.isEmpty else { throw ConfigError(path: "name", reason: "a name is missing") }
  }
}

/// How a question becomes a prompt.
public struct PromptBlock: ConfigBlock {
  public var system = ""
  public var template = "{question}"
  public init() {}
  public static let keys = [
    KeyDescription("system", "a system message; empty: none"),
    KeyDescription("template", "the prompt; {question} stands once where the question goes"),
  ]

  public func validate() throws(ConfigError) {
    guard template.split(separator: Self.marker, omittingEmptySubsequences: false).count == 2 else {
      throw ConfigError(path: "template", reason: "{question} must stand in it exactly once")
    }
  }

  private static let marker = "{question}"

  /// What stands before and after the question.
  var parts: (before: String, after: String) {
    let parts = template.split(separator: Self.marker, omittingEmptySubsequences: false)
    return (String(parts[0]), String(parts[1]))
  }
}

/// When a completion ends.
public struct EpisodeBlock: ConfigBlock {
  public var maxNewTokens = 16
  public var stop = ["\n"]
  public var requireStop = true
  public init() {}
  public static let keys = [
    KeyDescription("max_new_tokens", "a completion is cut off after so many tokens", "1..."),
    KeyDescription("stop", "texts that end a completion, of 1 to 64 bytes"),
    KeyDescription("require_stop", "whether a completion that was cut off is no answer"),
  ]

  public func validate() throws(ConfigError) {
    for text in stop where !(1...64).contains(text.utf8.count) {
      // None would end every completion, and a long one is looked for in vain for long.
      throw ConfigError(path: "stop", reason: "1 to 64 bytes, found \(text.utf8.count)")
    }
  }
}

/// Steps before the answer, each judged as the answer is; unless they are required, only the answer
/// decides on success.
public struct StepsBlock: ConfigBlock {
  public var delimiter = ""
  public var credit = 0.0
  public var required = false
  public init() {}
  public static let keys = [
    KeyDescription(
      "delimiter", "the text that ends a step; the answer is what follows the last; empty: off"),
    KeyDescription(
      "credit", "what all steps right earn beside a wrong answer, of a success", "0...0.5"),
    KeyDescription("required", "whether a right answer is a success only after right steps"),
  ]

  public func validate() throws(ConfigError) {
    guard delimiter.utf8.count <= 16 else {
      throw ConfigError(
        path: "delimiter", reason: "at most 16 bytes, found \(delimiter.utf8.count)")
    }
    guard credit == 0 || !delimiter.isEmpty else {
      throw ConfigError(path: "credit", reason: "not read without a \"delimiter\"")
    }
    guard !required || !delimiter.isEmpty else {
      throw ConfigError(path: "required", reason: "not read without a \"delimiter\"")
    }
  }
}

/// Another reading of the completion, to see what format costs.
public struct ReportBlock: ConfigBlock {
  public var name = ""
  public var extract = Variant<ExtractorCatalog>("last_number")
  public var verify = Variant<VerifierCatalog>()
  public init() {}
  public static let keys = [
    KeyDescription("name", "what the verdict's components call it"),
    KeyDescription("extract", "where in the completion the answer is"),
    KeyDescription("verify", "when an answer is right"),
  ]

  public func validate() throws(ConfigError) {
    guard !name.isEmpty else { throw ConfigError(path: "name", reason: "a name is missing") }
  }
}

/// What each outcome is worth.
public struct RewardBlock: ConfigBlock {
  public var success = 1.0
  public var failure = 0.0
  public var unparsed = 0.0
  public var partial = Variant<PartialCreditCatalog>()
  public init() {}
  public static let keys = [
    KeyDescription("success", "the score of a right answer", "-1000000...1000000"),
    KeyDescription("failure", "the score of a wrong answer", "-1000000...1000000"),
    KeyDescription("unparsed", "the score where no answer was found", "-1000000...1000000"),
    KeyDescription("partial", "what a nearly right answer earns of a success"),
  ]

  public func validate() throws(ConfigError) {
    guard success > failure && success > unparsed else {
      throw ConfigError(path: "success", reason: "must be above failure and unparsed")
    }
  }
}

/// Which keys are held out.
public struct SplitBlock: ConfigBlock {
  public var method = "key_hash"
  public var salt = "v1"
  public var eval = 0.1
  public var test = 0.1
  public var minKeys = 32
  public init() {}
  public static let keys = [
    KeyDescription("method", "by a hash of the problem's key, whatever asks for it", "key_hash"),
    KeyDescription("salt", "another salt holds out other keys"),
    KeyDescription("eval", "share of keys for evaluation during training, in thousandths", "0..<1"),
    KeyDescription("test", "share of keys for the last word, in thousandths", "0..<1"),
    KeyDescription("min_keys", "a level with fewer held-out keys is not evaluated", "1..."),
  ]

  public func validate() throws(ConfigError) {
    guard eval + test < 1 else {
      throw ConfigError(path: "eval", reason: "eval and test leave nothing to train on")
    }
  }
}

/// Bounds in bytes.
public struct LimitsBlock: ConfigBlock {
  public var completionBytes = 65_536
  public init() {}
  public static let keys = [
    KeyDescription("completion_bytes", "a longer completion is not looked at", "1...1048576")
  ]
}
