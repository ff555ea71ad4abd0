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
      On policy the trained policy drew the groups; off policy the one before its last step, and
      clips act. The first world is the default. key=value changes a key of the preset. Each group
      is a whole step; gates and shaping are left out. rl metrics defines the columns, of which
      --json has all for both.
      """)

  static func run(_ arguments: Arguments, on console: Console) throws -> ExitCode {
    let name = try arguments.required("--algorithm")
    let world = try world(arguments.value("--world"))
    let size = try arguments.integer("--group", in: 2...4) ?? 2
    let overrides = try arguments.operands.map { try Override($0) }
    let estimators = try BiasTable.estimators(
      named: name, overrides: overrides, horizon: world.horizon)
    guard let estimators else { throw unknown("estimator", name, BiasTable.names) }
    let rows = estimators.map { estimator in
      Row(
        name: estimator.name, onPolicy: world.bias(of: estimator, groupSize: size, .onPolicy),
        offPolicy: world.bias(of: estimator, groupSize: size, .offPolicy))
    }
    if console.isJSON {
      console.output(json(world, size, rows))
      return .success
    }
    let ratios = world.ratios
    console.show(
      "\(world.name): \(world.summary); \(world.completions.count) completions of at most "
        + "\(world.horizon) words, expected reward \(short(world.values[0]))\n"
        + "all groups of \(size); off policy words' ratios are \(short(ratios.lowerBound)) to "
        + "\(short(ratios.upperBound))\n")
    console.show(table(rows))
    return .success
  }

  /// One estimator, whoever drew its samples.
  private struct Row {
    let name: String
    let onPolicy, offPolicy: Bias
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

  /// On policy no clip acts; off policy what it and the ratios do to the direction is the point.
  private static func table(_ rows: [Row]) -> String {
    let (on, off) = (columns.filter { $0.name != "clipped" }, columns.filter(\.isOffPolicy))
    let groups = ["", "ON POLICY"] + on.dropFirst().map { _ in "" } + ["OFF POLICY"]
    let header = ["ESTIMATOR"] + (on + off).map { $0.name.uppercased() }
    return textTable(
      [groups, header]
        + rows.map { row in
          [row.name] + on.map { rounded($0.value(row.onPolicy)) }
            + off.map { rounded($0.value(row.offPolicy)) }
        })
  }

  /// Four significant digits, and 0 where there is only rounding.
  private static func rounded(_ number: Double?) -> String {
    number.map { short(abs($0) < 1e-6 ? 0 : $0) } ?? "-"
  }

  private static let columns:
    [(name: String, isOffPolicy: Bool, value: @Sendable (Bias) -> Double?)] = [
      ("bias", true, { $0.bias }), ("cosine", true, { $0.cosine }), ("scale", false, { $0.scale }),
      ("variance", false, { $0.variance }), ("noise", false, { $0.noise }),
      ("clipped", true, { $0.clipped }),
    ]

  private static func json(_ world: World, _ size: Int, _ rows: [Row]) -> JSON {
    func numbers(_ bias: Bias) -> JSON {
      JSON(members: columns.map { ($0.name, $0.value(bias).map { JSON($0) } ?? .null) })
    }
    return [
      "world": JSON(world.name), "group": JSON(size), "expected_reward": JSON(world.values[0]),
      "estimators": JSON(
        rows.map { row -> JSON in
          [
            "estimator": JSON(row.name), "on_policy": numbers(row.onPolicy),
            "off_policy": numbers(row.offPolicy),
          ]
        }),
    ]
  }
}
