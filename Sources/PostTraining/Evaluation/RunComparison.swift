import Configuration

/// Runs side by side: those that differ in nothing but their seed are one arm.
public struct RunComparison: Sendable {
  public struct Arm: Sendable {
    /// `key=value` of what tells the arm from the others.
    public var label: String
    /// The completed runs, one a seed, with their figures.
    public var runs: [(run: RunOutcome, value: Double)]
    public var unfinished: [RunOutcome]
    /// The mean over seeds with Student's interval; `nil` where no run is completed.
    public var estimate: Estimate? { .mean(ofItems: runs.map(\.value)) }
  }

  public let metric: String
  /// In the order in which their first runs were given.
  public let arms: [Arm]
  /// Runs that repeat another's configuration and seed, and do not count.
  public let repeated: [(run: RunOutcome, of: RunOutcome)]

  public init(_ runs: [RunOutcome], metric: String = RunOutcome.testSuccess) throws {
    try Self.checkEnvironments(runs)
    var groups: [(settings: [Setting], runs: [RunOutcome])] = []
    for run in runs {
      let settings = Self.settings(of: run.config)
      if let index = groups.firstIndex(where: { $0.settings == settings }) {
        groups[index].runs.append(run)
      } else {
        groups.append((settings, [run]))
      }
    }
    let labels = Self.labels(of: groups.map(\.settings))
    var repeated: [(run: RunOutcome, of: RunOutcome)] = []
    self.metric = metric
    arms = try zip(labels, groups).map { label, group in
      var counted: [(run: RunOutcome, value: Double)] = []
      for run in group.runs where run.isCompleted {
        if let first = counted.first(where: { $0.run.seed == run.seed }) {
          repeated.append((run, first.run))
        } else {
          counted.append((run, try run.value(of: metric)))
        }
      }
      return Arm(
        label: label, runs: counted, unfinished: group.runs.filter { !$0.isCompleted })
    }
    self.repeated = repeated
  }

  /// Figures of problems that changed in between say nothing of each other.
  private static func checkEnvironments(_ runs: [RunOutcome]) throws(ConfigError) {
    for (index, run) in runs.enumerated() where run.isCompleted {
      let other = runs[..<index].first {
        $0.isCompleted && $0.config["environment"] == run.config["environment"]
          && $0.environmentFingerprint != run.environmentFingerprint
      }
      guard let other else { continue }
      throw ConfigError(
        path: "environment",
        reason: "\(run.config["environment"]?.string ?? "") changed between \(other.path) and "
          + "\(run.path): their figures do not compare")
    }
  }
}

extension RunComparison {
  /// One value of a configuration with its path.
  struct Setting: Equatable {
    var path: String
    var value: JSON
    var text: String { "\(path)=\(value.string ?? value.text())" }
  }

  /// What decides a run's numbers beside the seed, in order; arrays are values, and an object also
  /// stands for the order of its keys where these are names.
  static func settings(of config: JSON) -> [Setting] {
    func walk(_ json: JSON, _ path: String) -> [Setting] {
      guard let members = json.members, !members.isEmpty else {
        return [Setting(path: path, value: json)]
      }
      return members.flatMap { walk($0.value, path.isEmpty ? $0.key : "\(path).\($0.key)") }
    }
    let stages = config["stages"]?.members?.map(\.key) ?? []
    return walk(config, "").filter { !["seed", "threads"].contains($0.path) }
      + [Setting(path: "stages", value: JSON(stages.joined(separator: ",")))]
  }

  /// What differs between arms that have the key; a choice of another type brings keys of its own,
  /// which would say it again.
  static func labels(of arms: [[Setting]]) -> [String] {
    let all = arms.joined()
    func differing(countingAbsence: Bool) -> [String] {
      arms.map { arm in
        arm.filter { setting in
          let others = all.filter { $0.path == setting.path }
          return others.contains { $0.value != setting.value }
            || (countingAbsence && others.count < arms.count)
        }.map(\.text).joined(separator: " ")
      }
    }
    let labels = differing(countingAbsence: false)
    return Set(labels).count == arms.count ? labels : differing(countingAbsence: true)
  }
}
