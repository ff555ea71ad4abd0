import Configuration
import PostTraining
import Worlds

struct BiasCommand: Command {
  static let help = CommandHelp(
    examples: [
      "rl bias --algorithm all",
      "rl bias --algorithm grpo --world answer --group 3",
      "rl bias --algorithm gspo epsilon=0.2 epsilon_high=0.2",
    ],
    operands: "[key=value …]", operandCount: 0 ... .max,
    options: [
      Option(
        "--algorithm", value: "ESTIMATOR", "a preset of grpo, with one change at a time; kl; all"),
      Option("--world", value: "WORLD", "\(World.all.map(\.name).joined(separator: ", "))"),
      Option("--group", value: "N", "completions of a group, 2 to 4 (2)"),
    ],
    notes: """
      A world is so small that all that can be said in it is listed. So the gradient of the
      expected reward is exact, and so are the mean and the variance of an estimator over all
      groups: no number here has sampling noise. Each estimator is the loss that training runs.
      On policy the trained policy drew the groups; off policy an earlier one, and clips act.
      The first world is the default. key=value changes a key of the preset. Each
      group is a whole step; gates and shaping are left out. rl metrics bias and its neighbours
      define the columns.
      """)

  static func run(_ arguments: Arguments, on console: Console) throws -> ExitCode {
    let name = try arguments.required("--algorithm")
    let world = try world(arguments.value("--world"))
    let size = try arguments.integer("--group", in: 2...4) ?? 2
    let overrides = try arguments.operands.map { try Override($0) }
    let estimators = try BiasTable.estimators(
      named: name, overrides: overrides, horizon: world.horizon)
    guard let estimators else { throw unknown("estimator", name, BiasTable.names) }
    let blocks = Sampling.allCases.map { sampling in
      (
        sampling: sampling,
        rows: estimators.map { ($0, world.bias(of: $0, groupSize: size, sampling)) }
      )
    }
    if console.isJSON {
      console.output(json(world, size, blocks))
      return .success
    }
    console.show(
      "\(world.name): \(world.summary); \(world.completions.count) completions of at most "
        + "\(world.horizon) words, expected reward \(short(world.value(of: ExactObjective())))")
    for (sampling, rows) in blocks {
      console.show("\n\(title(sampling, world)); all groups of \(size)", .heading)
      console.show(table(rows))
    }
    return .success
  }

  private static func world(_ name: String?) throws(Failure) -> World {
    guard let name else { return World.all[0] }
    guard let world = World.all.first(where: { $0.name == name }) else {
      throw unknown("world", name, World.all.map(\.name))
    }
    return world
  }

  private static func unknown(_ what: String, _ name: String, _ names: [String]) -> Failure {
    let advice =
      nearest(to: name, among: names).map { "did you mean \"\($0)\"?" }
      ?? "expected one of \(names.joined(separator: ", "))"
    return .usage("no \(what) \"\(name)\"; \(advice)")
  }

  private static func title(_ sampling: Sampling, _ world: World) -> String {
    switch sampling {
    case .onPolicy: return "On policy"
    case .offPolicy:
      let ratios = world.ratios
      return "Off policy, ratios of words \(short(ratios.lowerBound)) to "
        + short(ratios.upperBound)
    }
  }

  private static func table(_ rows: [(Estimator, Bias)]) -> String {
    let header = ["ESTIMATOR"] + columns.map { $0.name.uppercased() }
    return textTable(
      [header]
        + rows.map { estimator, bias in
          [estimator.name] + columns.map { $0.value(bias).map(rounded) ?? "-" }
        })
  }

  /// Four significant digits, and 0 where there is only rounding.
  private static func rounded(_ number: Double) -> String {
    short(abs(number) < 1e-6 ? 0 : number)
  }

  private static let columns: [(name: String, value: @Sendable (Bias) -> Double?)] = [
    ("bias", { $0.bias }), ("cosine", { $0.cosine }), ("scale", { $0.scale }),
    ("variance", { $0.variance }), ("noise", { $0.noise }), ("clipped", { $0.clipped }),
  ]

  private static func json(
    _ world: World, _ size: Int, _ blocks: [(sampling: Sampling, rows: [(Estimator, Bias)])]
  ) -> JSON {
    let sampled = blocks.map { sampling, rows -> (String, JSON) in
      let rows = rows.map { estimator, bias -> JSON in
        JSON(
          members: [("estimator", JSON(estimator.name))]
            + columns.map { ($0.name, $0.value(bias).map { JSON($0) } ?? .null) })
      }
      return (sampling.rawValue, JSON(rows))
    }
    return JSON(
      members: [
        ("world", JSON(world.name)), ("group", JSON(size)),
        ("expected_reward", JSON(world.value(of: ExactObjective()))),
      ] + sampled)
  }
}
