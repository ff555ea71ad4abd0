import Configuration
import LanguageModels
import NeuralNetworks
import Platform
import PostTraining
import TensorCore

struct LogitsCommand: Command {
  static let help = CommandHelp(
    examples: ["rl logits --checkpoint DIR --tokens ids.json --output logits.safetensors"],
    options: [
      Option("--checkpoint", value: "RUN|DIR", "a run, a checkpoint or a Hugging Face directory"),
      Option("--tokens", value: "FILE", "sequences of token ids: [[1, 2, 3], …]"),
      Option("--output", value: "FILE", "the tensor \"logits\", sequences end to end"),
    ],
    notes: "For comparison with other programs; every row is the logits after its token.")

  static func run(_ arguments: Arguments, on console: Console) throws -> ExitCode {
    useThreads(0)
    let loaded = try LoadedModel(try arguments.required("--checkpoint"))
    let model = try loaded.architecture.model(loaded.parameters)
    let file = try arguments.required("--tokens")
    let output = try arguments.required("--output")
    let sequences = try (try JSON(contentsOfFile: file).array ?? []).map { row in
      let ids = (row.array ?? []).compactMap { $0.int.flatMap { Int32(exactly: $0) } }
      guard !ids.isEmpty, ids.count == row.array?.count, ids.count <= model.maximumLength,
        ids.allSatisfy({ $0 >= 0 && $0 < model.vocabularySize })
      else {
        throw Failure.usage(
          "\(row.location): expected 1 to \(model.maximumLength) token ids below "
            + "\(model.vocabularySize)")
      }
      return ids
    }
    guard !sequences.isEmpty else { throw Failure.usage("\(file): expected [[ids], …]") }
    let packed = PackedTokens(rows: sequences)
    let rows = (0..<Int32(packed.tokens.count)).map { $0 }
    let logits = model.hiddenStates(of: packed).logits(head: model.head.weight, rows: rows)
    var tensors = Parameters()
    tensors["logits"] = logits
    try LocalFileSystem().write(tensors.safetensorsBytes, to: output)
    if console.isJSON {
      console.output([
        "output": JSON(output), "shape": JSON(logits.shape.dimensions.map { JSON($0) }),
      ])
    } else {
      console.output("\(output): logits \(logits.shape)")
    }
    return .success
  }
}
