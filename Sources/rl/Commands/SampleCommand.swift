import Configuration
import EnvironmentKit
import Environments
import LanguageModels
import Platform
import PostTraining
import Randomness
import Tokenizers

struct SampleCommand: Command {
  static let help = CommandHelp(
    examples: [
      "rl sample --checkpoint runs/grpo-arith \"12+34=\"",
      "rl sample --checkpoint runs/grpo-arith \"12+34=\" -n 5 --temperature 1 --json",
    ],
    operands: "[PROMPT …]", operandCount: 0...1000,
    options: [
      Option("--checkpoint", value: "RUN|DIR", "a run, a checkpoint or a Hugging Face directory"),
      Option("--number", short: "-n", value: "N", "completions of each prompt; 1 when left out"),
      Option("--temperature", value: "T", "0 when left out, and 1 with several completions"),
      Option("--max-tokens", value: "N", "the checkpoint's environment's, or 64, when left out"),
      Option("--seed", value: "S", "of the draws; 0 when left out"),
      Option("--threads", value: "N", "0, the default, is all cores; changes no figure"),
    ],
    notes: "Without a prompt, standard input holds one a line.")

  static func run(_ arguments: Arguments, on console: Console) throws -> ExitCode {
    useThreads(try arguments.integer("--threads") ?? 0)
    let loaded = try LoadedModel(try arguments.required("--checkpoint"))
    let model = try loaded.architecture.model(loaded.parameters)
    let environment = try loaded.environment.map {
      try Environment($0, catalog: BuiltinFamilies.all)
    }
    let count = try arguments.integer("--number", in: 1 ... .max) ?? 1
    var settings = SamplingConfig()
    settings.temperature = try arguments.number("--temperature") ?? (count > 1 ? 1 : 0)
    let stops =
      try (environment?.stop ?? []).map { try loaded.tokenizer.encode($0) }
      + (loaded.tokenizer.specialTokens.eos.map { [[$0]] } ?? [])
    let sampler = Sampler(
      settings,
      maximumTokens: try arguments.integer("--max-tokens", in: 1 ... .max)
        ?? environment?.maxNewTokens ?? 64,
      stop: StopRule(sequences: stops))
    let random = RandomStream(seed: UInt64(try arguments.integer("--seed") ?? 0))
    for (index, prompt) in try prompts(arguments).enumerated() {
      let tokens = try loaded.tokenizer.encodePrompt(prompt)
      guard !tokens.isEmpty, tokens.count < model.maximumLength else {
        throw Failure.usage(
          "a prompt of \(tokens.count) tokens: expected 1 to \(model.maximumLength - 1)")
      }
      var decodings = [Decoding(prompt: tokens, for: model)]
      decodings.prefill(with: model)
      decodings = Array(repeating: decodings[0], count: count)
      let streams = (0..<count).map { random.split("prompt", index).split("sample", $0) }
      sampler.extend(&decodings, with: model, streams: streams)
      for decoding in decodings {
        show(decoding, prompt, tokens.count, loaded.tokenizer, on: console)
      }
    }
    return .success
  }

  private static func prompts(_ arguments: Arguments) throws -> [String] {
    if !arguments.operands.isEmpty { return arguments.operands }
    return try readStandardInput().split(separator: UInt8(ascii: "\n"))
      .map { String(decoding: $0, as: UTF8.self) }
  }

  private static func show(
    _ decoding: Decoding, _ prompt: String, _ start: Int, _ tokenizer: any Tokenizer,
    on console: Console
  ) {
    let tokens = Array(decoding.tokens[start...])
    let text = String(decoding: tokenizer.decode(tokens), as: UTF8.self)
    guard console.isJSON else {
      console.output(prompt + (text.last == "\n" ? String(text.dropLast()) : text))
      return
    }
    console.output([
      "prompt": JSON(prompt), "completion": JSON(text),
      "tokens": JSON(tokens.map { JSON(Int($0)) }),
      "log_probs": JSON(decoding.logProbs[start...].map { JSON($0) }),
      "finish": JSON(decoding.finishes.last?.rawValue ?? "length"),
    ])
  }
}
