import Configuration
import Foundation
import Platform
import PostTraining
import TensorCore

struct TrainCommand: Command {
  static let help = CommandHelp(
    examples: [
      "rl train --config grpo-arith.json",
      "rl train --config grpo-arith.json seed=1 stages.grpo.beta=0.01",
      "rl train --config grpo-arith.json --resume auto",
      "rl train --config grpo-arith.json --dry-run",
    ],
    operands: "[key.path=value …] [~key.path …]", operandCount: 0...1000,
    options: RunArguments.options + [
      Option(
        "--name", value: "NAME", "the run's name; else the configuration's"),
      Option("--runs", value: "DIR", "where runs live; runs when left out"),
      Option("--resume", value: "auto|never|PATH", "continue an existing run, or one checkpoint"),
      Option("--overwrite", "replace an existing run of that name"),
      Option("--grace", value: "SECONDS", "from a signal to the end at the latest; else 25"),
      Option("--dry-run", "print the plan, its memory and disk, and stop"),
    ],
    notes: """
      SIGINT (Ctrl-C), SIGTERM and SIGUSR2 finish the step, save and exit with 75, or exit with the
      last checkpoint where that would take longer than the grace; --resume auto goes on to the same
      bits. A second one ends at once. SIGUSR1 saves and goes on. rl help config says where files
      are looked for.
      """)

  static func run(_ arguments: Arguments, on console: Console) throws -> ExitCode {
    let configured = try RunArguments(arguments)
    let grace = try arguments.number("--grace", in: 0...1e6) ?? 25
    let setup = try configured.setup()
    if arguments.isSet("--dry-run") {
      let plan = RunPlan(setup, departures: configured.resolved.departures)
      if console.isJSON { console.output(plan.json) } else { console.show(text(plan)) }
      return .success
    }
    useThreads(setup.config.threads)
    let signals = Signals.install()
    let control = RunControl(
      shouldStop: { signals.stopRequested != nil }, shouldSave: signals.takeSaveRequest,
      narrate: console.narrate)
    let place = place(arguments, configured)
    let watch = GraceWatch(
      seconds: grace, pace: control.pace, directory: "\(place.runs)/\(place.name)",
      console: console)
    try signals.whenStopRequested(watch.run)
    let (opened, events) = try Run.open(setup, at: place, control: control)
    for event in events { console.narrate(event) }
    var run = opened
    var reporter = ProgressReporter(console)
    let result: RunResult
    do {
      result = try run.run { report in
        for warning in report.warnings {
          console.complain("warning: step \(report.step): \(warning)")
        }
        reporter.report(progress(report))
      }
    } catch let error as InterruptedError {
      reporter.finish()
      throw watch.failure(error)
    } catch {
      reporter.finish()
      throw error
    }
    reporter.finish()
    if console.isJSON {
      console.output(result.json)
    } else {
      console.show(text(result))
    }
    return .success
  }

  private static func place(_ arguments: Arguments, _ configured: RunArguments) -> Run.Place {
    let file = (configured.file as NSString).lastPathComponent as NSString
    var place = Run.Place(
      name: arguments.value("--name") ?? file.deletingPathExtension,
      runs: arguments.value("--runs") ?? "runs")
    place.overwrite = arguments.isSet("--overwrite")
    place.arguments = ProcessInfo.processInfo.arguments
    place.threads = Threads.count
    switch arguments.value("--resume") ?? "never" {
    case "never": place.resume = .never
    case "auto": place.resume = .auto
    case let path: place.resume = .checkpoint(path)
    }
    return place
  }

  private static func progress(_ report: StepReport) -> Progress {
    let shown = [
      ("loss", "loss"), ("success", "success"), ("stop/train/success", "train"),
      ("stop/eval/success", "eval"), ("eval/success", "eval"), ("entropy", "entropy"),
    ]
    let fields = shown.compactMap { key, name in
      report.values.first { $0.key == key }.map {
        (name: name, value: String(format: "%.3f", $0.value))
      }
    }
    return Progress(
      title: report.stage, done: report.stageStep, total: report.stageSteps, fields: fields)
  }
}

extension TrainCommand {
  private static func text(_ result: RunResult) -> String {
    var lines = result.stages.map { stage -> String in
      let name = stage["name"]?.string ?? ""
      let seconds = String(format: "%.1f", stage["seconds"]?.double ?? 0)
      let steps = stage["steps"]?.int ?? 0
      let environments = stage["evaluation"]?["environments"]?.members ?? []
      let figures = environments.map { successLine($0.key, $0.value["total"] ?? .null) }
      let test = figures.isEmpty ? "" : "; test \(figures.joined(separator: "; "))"
      return "\(name): \(steps) steps, \(seconds) s\(test)"
    }
    lines.append("run \(result.directory)")
    lines.append("checkpoint \(result.checkpoint)")
    return lines.joined(separator: "\n")
  }

  private static func text(_ plan: RunPlan) -> String {
    var lines = plan.stages.flatMap { stage in
      [
        "\(stage.name) (\(stage.type)): \(stage.stopsEarly ? "at most " : "")\(stage.steps) steps",
        "  \(stage.formula)",
      ]
    }
    lines += plan.departures.map { "departs from its preset: \($0)" }
    let megabyte = 1_048_576.0
    let percent = 100 * Double(plan.trainable) / Double(plan.parameters)
    let share =
      plan.trainable == plan.parameters
      ? "" : String(format: ", trained beside them %d (%.1f %%)", plan.trainable, percent)
    lines += [
      "parameters \(plan.parameters)\(share), vocabulary \(plan.vocabulary)",
      String(format: "memory about %.0f MB", Double(plan.memory) / megabyte),
      String(
        format: "disk about %.0f MB of checkpoints and at most %.0f MB of rollouts",
        Double(plan.checkpointDisk) / megabyte, Double(plan.rolloutDisk) / megabyte),
    ]
    return lines.joined(separator: "\n")
  }
}

/// `arith-two-digit success 0.998 (95 % 0.993–1.000) on 1014 problems`.
func successLine(_ environment: String, _ figures: JSON) -> String {
  func number(_ json: JSON?) -> String { json?.double.map { String(format: "%.3f", $0) } ?? "–" }
  let interval = figures["ci95"]
  return "\(environment) success \(number(figures["success"])) "
    + "(95 % \(number(interval?[0]))–\(number(interval?[1]))) "
    + "on \(figures["n_items"]?.int ?? 0) problems"
}
