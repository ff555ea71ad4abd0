import Configuration
import Foundation
import LanguageModels
import Platform
import PostTraining
import TensorCore
import Tokenizers

struct ScoreCommand: Command {
  static let help = CommandHelp(
    examples: ["rl score --checkpoint runs/grpo-arith --input rows.jsonl"],
    options: [
      Option("--checkpoint", value: "RUN|DIR", "a run, a checkpoint or a Hugging Face directory"),
      Option("--input", value: "FILE", "JSON lines; standard input when left out"),
    ],
    notes: """
      A line is {"tokens": [ids]}, scored from its second token on, or {"prompt": s,
      "completion": s}, of which the completion is scored. The answer to each is a line
      {"log_probs": [natural logarithms], "sum": x, "perplexity": p, "bits_per_byte": b}.
      """)

  static func run(_ arguments: Arguments, on console: Console) throws -> ExitCode {
    useThreads(0)
    let loaded = try LoadedModel(try arguments.required("--checkpoint"))
    let model = try loaded.architecture.model(loaded.parameters)
    let file = arguments.value("--input")
    let bytes = try file.map { try LocalFileSystem().read($0) } ?? readStandardInput()
    let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    for (number, line) in lines.enumerated() where !line.isEmpty {
      let place = "\(file ?? "standard input"):\(number + 1)"
      let json = try JSON(parsing: Array(line), file: file ?? "standard input")
      console.output(try score(json, place, loaded, model))
    }
    return .success
  }

  private static func score(
    _ json: JSON, _ place: String, _ loaded: LoadedModel, _ model: any LanguageModel
  ) throws -> JSON {
    let prompt: [Int32]
    let completion: [Int32]
    let bytes: Int
    if let ids = json["tokens"]?.array {
      let tokens = ids.compactMap { $0.int.flatMap { Int32(exactly: $0) } }
      guard tokens.count == ids.count, tokens.count > 1 else {
        throw Failure.usage("\(place): expected two token ids or more")
      }
      (prompt, completion) = (Array(tokens.prefix(1)), Array(tokens.dropFirst()))
      bytes = loaded.tokenizer.decode(completion).count
    } else if let text = json["prompt"]?.string, let answer = json["completion"]?.string {
      prompt = try loaded.tokenizer.encodePrompt(text)
      completion = try loaded.tokenizer.encode(answer)
      bytes = answer.utf8.count
    } else {
      throw Failure.usage("\(place): expected \"tokens\", or \"prompt\" and \"completion\"")
    }
    let all = prompt + completion
    guard !prompt.isEmpty, !completion.isEmpty, all.count <= model.maximumLength,
      all.allSatisfy({ $0 >= 0 && $0 < model.vocabularySize })
    else {
      throw Failure.usage(
        "\(place): expected 2 to \(model.maximumLength) tokens below \(model.vocabularySize), "
          + "a prompt and a completion among them")
    }
    var packed = PackedTokens()
    packed.append(
      prompt: prompt,
      continuations: [(completion, [Bool](repeating: true, count: completion.count))])
    let logProbs = model.statistics(of: packed, temperature: 1).logProbs.values
    let sum = logProbs.reduce(0.0) { $0 + Double($1) }
    return [
      "log_probs": JSON(logProbs.map { JSON($0) }), "sum": JSON(sum),
      "perplexity": JSON(exp(-sum / Double(logProbs.count))),
      "bits_per_byte": bytes > 0 ? JSON(-sum / log(2) / Double(bytes)) : .null,
    ]
  }
}
