import Configuration
import Randomness

/// Chooses what is asked next, from raw verdicts of all groups, gated ones too.
///
/// `next` may depend on the state and on the stream it is given, and on nothing else, so that a
/// resumed run asks the same problems.
public protocol Curriculum: Stateful, Sendable {
  associatedtype Config: ConfigBlock
  static var name: String { get }
  /// Throws where the block names a level that the environment does not have.
  init(_ config: Config, environment: Environment) throws(ConfigError)
  /// The problem of one group, always of the train split.
  mutating func next(using random: inout RandomStream) throws(ConfigError) -> Choice
  /// Takes the groups of one step in their order; none where nothing is judged, as in SFT.
  mutating func observe(_ groups: [FinishedGroup], step: Int) -> [CurriculumEvent]
  /// Figures under `curriculum/`.
  func metrics() -> [String: Double]
}

/// A problem and the level it belongs to.
public struct Choice: Sendable, Equatable {
  public var level: Int
  public var problem: Problem

  public init(level: Int, problem: Problem) {
    (self.level, self.problem) = (level, problem)
  }
}

/// Something that happened to a curriculum, for the run's event log.
public struct CurriculumEvent: Codable, Sendable, Equatable {
  public enum Kind: String, Codable, Sendable {
    case levelChange = "level_change"
    case oscillation = "band_oscillation"
  }

  public var kind: Kind
  public var step: Int
  public var from, to: Int
  /// Mean success of the problems that decided, and how many they were.
  public var success: Double?
  public var count: Int

  /// The event as the log has it.
  public var hookEvent: HookEvent {
    HookEvent(
      kind.rawValue,
      [
        "from": JSON(from), "to": JSON(to), "success": success.map { JSON($0) } ?? .null,
        "count": JSON(count),
      ])
  }
}

/// The curricula a run may name: a new one is its file and its line here.
public enum CurriculumCatalog: VariantCatalog {
  static let types: [any Curriculum.Type] = [
    UniformCurriculum.self,
    BandCurriculum.self,
    HardCurriculum.self,
    WeightsCurriculum.self,
    ScheduleCurriculum.self,
    TargetCurriculum.self,
    ReplayCurriculum.self,
  ]
  public static let standard = UniformCurriculum.name
  public static var entries: [(name: String, block: any ConfigBlock.Type)] {
    func block<C: Curriculum>(of type: C.Type) -> any ConfigBlock.Type { C.Config.self }
    return types.map { ($0.name, block(of: $0)) }
  }
}

extension Sequence<FinishedGroup> {
  /// The mean of the groups' successes, and how many could be judged.
  var meanSuccess: (mean: Double?, count: Int) {
    let successes = compactMap(\.success)
    let count = successes.count
    return (count > 0 ? successes.reduce(0, +) / Double(count) : nil, count)
  }
}

extension Variant where Catalog == CurriculumCatalog {
  /// The chosen curriculum over the levels of `environment`.
  public func curriculum(for environment: Environment) throws(ConfigError) -> any Curriculum {
    func open<C: Curriculum>(_ type: C.Type) throws(ConfigError) -> any Curriculum {
      guard let config = block as? C.Config else {
        preconditionFailure("\(type): a block of type \(Swift.type(of: block))")
      }
      return try C(config, environment: environment)
    }
    guard let found = CurriculumCatalog.types.first(where: { $0.name == type }) else {
      preconditionFailure("CurriculumCatalog: nothing called \"\(type)\"")
    }
    return try open(found)
  }
}

extension KeyDescription {
  static let startLevel = KeyDescription(
    "start_level", "name of the first level; empty: the easiest")
}

extension Environment {
  /// The level of that name; the easiest where none is named.
  func startLevel(named name: String) throws(ConfigError) -> Int {
    guard !name.isEmpty else { return 0 }
    do {
      return try level(named: name)
    } catch {
      throw ConfigError(path: "start_level", reason: error.reason)
    }
  }

  /// The indices of the named levels; all of them when none is named.
  func levels(named names: [String]) throws(ConfigError) -> [Int] {
    guard !names.isEmpty else { return Array(levels.indices) }
    var indices: [Int] = []
    for name in names {
      do {
        indices.append(try level(named: name))
      } catch {
        throw ConfigError(path: "levels", reason: error.reason)
      }
    }
    return indices
  }
}
