import Configuration
import LanguageModels
import NeuralNetworks
import Platform
import PostTraining

struct MergeCommand: Command {
  static let help = CommandHelp(
    examples: ["rl merge --checkpoint runs/lora-grpo --output merged"],
    options: [
      Option(
        "--checkpoint", value: "RUN|DIR", "a run, a checkpoint or a directory with an adapter"),
      Option("--output", value: "DIR", "the Hugging Face directory to make; it must not exist"),
    ],
    notes: """
      Writes one model without an adapter that computes the same: W + scale · B A in place of W in
      each adapted layer, rounded once. An adapter is what stands in DIR/adapter, or in DIR itself
      as PEFT writes it. Exits with 2 where there is none, and with 6 where the output exists.
      """)

  static func run(_ arguments: Arguments, on console: Console) throws -> ExitCode {
    let source = try arguments.required("--checkpoint")
    let output = try arguments.required("--output")
    if try LocalFileSystem().status(output) != nil {
      throw Failure(.occupied, "\(output): exists", advice: "Name another --output.")
    }
    let loaded = try LoadedModel(source)
    guard let adapter = loaded.architecture.adapter else {
      throw Failure(.usage, "\(loaded.path): has no adapter: there is nothing to merge")
    }
    for warning in loaded.warnings { console.narrate("warning: \(warning)") }
    try loaded.writeMerged(to: output)
    if console.isJSON {
      console.output([
        "output": JSON(output), "rank": JSON(adapter.rank), "scale": JSON(adapter.scale),
        "target_modules": JSON(adapter.targetModules.map { JSON($0) }),
      ])
    } else {
      console.output("\(output): merged \(adapter.text)")
    }
    return .success
  }
}
