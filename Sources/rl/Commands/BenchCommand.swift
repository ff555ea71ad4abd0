import Configuration
import Kernels
import LanguageModels
import NeuralNetworks
import Platform
import PostTraining
import Randomness
import TensorCore

struct BenchCommand: Command {
  static let help = CommandHelp(
    examples: [
      "rl bench matmul", "rl bench train --threads 1", "rl bench decode --model small --json",
      "rl bench grpo --threads 2",
    ],
    operands: "matmul|train|decode|grpo", operandCount: 1...1,
    options: [
      Option("--model", value: "tiny|small", "d128 L4 ff352 V64, or d512 L8 ff1408 V4096"),
      Option("--threads", value: "N", "1 when left out; 0 is all cores"),
      Option("--repeats", value: "N", "measurements, of which the median counts; 7 when left out"),
    ],
    notes: """
      matmul  y = x Wᵀ in GFLOP/s beside OpenBLAS, and the share of the measured peak
      train   64 sequences of 64 tokens: forward, backward, AdamW; tokens/s
      decode  64 sequences, prompts of 16 tokens, 48 new ones (small: 16); new tokens/s
      grpo    one step of 32 problems × 8 rollouts of 6 + 5 tokens; steps/s
      """)

  enum Shape: String, CaseIterable { case tiny, small }

  static func run(_ arguments: Arguments, on console: Console) throws -> ExitCode {
    let threads = try arguments.integer("--threads") ?? 1
    useThreads(threads)
    let shape = try arguments.choice("--model", of: Shape.self) ?? .tiny
    let repeats = try arguments.integer("--repeats", in: 1...1000) ?? 7
    let rows: [BenchRow]
    switch arguments.operands[0] {
    case "matmul": rows = matrixProducts(repeats)
    case "train": rows = [training(shape, repeats)]
    case "decode": rows = [decoding(shape, repeats)]
    case "grpo": rows = [policyStep(shape, repeats)]
    case let other:
      throw Failure.usage("unknown benchmark \"\(other)\"; there are matmul, train, decode, grpo")
    }
    for row in rows {
      if console.isJSON {
        console.output(row.json(threads: Threads.count))
      } else {
        console.output(row.text)
      }
    }
    return .success
  }

  private static func architecture(_ shape: Shape) -> Architecture {
    var config = LlamaConfig()
    config.maxPositionEmbeddings = 256
    if shape == .small {
      (config.hiddenSize, config.numHiddenLayers, config.intermediateSize) = (512, 8, 1408)
      (config.numAttentionHeads, config.numKeyValueHeads) = (8, 8)
    }
    return Architecture(Llama.self, config, vocabulary: shape == .small ? 4096 : 64)
  }

  private static func tokens(_ count: Int, below bound: Int, _ random: inout RandomStream)
    -> [Int32]
  {
    (0..<count).map { _ in Int32(random.below(bound)) }
  }

  /// One optimizer step over `batches`, each row's log-probabilities weighing `weight`.
  private static func step(
    _ architecture: Architecture, _ weights: inout Weights, _ optimizer: inout NeuralNetworks.AdamW,
    _ batches: [PackedTokens]
  ) {
    var gradients = Weights()
    for batch in batches {
      let scale = -1 / Float(64 * 63)
      accumulateGradients(of: weights, trainable: [.policy: .all], into: &gradients) { watched in
        let parameters = watched[.policy] ?? Parameters()
        guard let model = try? architecture.model(parameters) else {
          preconditionFailure("bench: a weight is missing")
        }
        return (model.statistics(of: batch, temperature: 1).logProbs.sum() * scale, ())
      }
    }
    guard let sum = gradients[.policy], weights[.policy] != nil else { return }
    optimizer.update(
      &weights[.policy]!, gradients: sum, gradientScale: 1, learningRate: 1e-4)
  }

  private static func training(_ shape: Shape, _ repeats: Int) -> BenchRow {
    let architecture = architecture(shape)
    var random = RandomStream(seed: 1)
    var weights = Weights()
    weights[.policy] = architecture.freshParameters(from: random)
    var optimizer = NeuralNetworks.AdamW(AdamWConfig())
    let batches = (0..<8).map { _ -> PackedTokens in
      var batch = PackedTokens()
      for _ in 0..<8 {
        batch.append(whole: tokens(64, below: architecture.vocabularySize, &random))
      }
      return batch
    }
    return BenchRow("train \(shape.rawValue)", unit: "tokens/s", amount: 64 * 64, repeats) {
      step(architecture, &weights, &optimizer, batches)
    }
  }

  private static func decoding(_ shape: Shape, _ repeats: Int) -> BenchRow {
    let architecture = architecture(shape)
    var random = RandomStream(seed: 1)
    guard let model = try? architecture.model(architecture.freshParameters(from: random)) else {
      preconditionFailure("bench: a weight is missing")
    }
    let count = shape == .tiny ? 48 : 16
    let prompts = (0..<64).map { _ in tokens(16, below: architecture.vocabularySize, &random) }
    let sampler = Sampler(SamplingConfig(), maximumTokens: count, stop: StopRule(sequences: []))
    return BenchRow(
      "decode \(shape.rawValue)", unit: "tokens/s", amount: Double(64 * count), repeats
    ) {
      var decodings = prompts.map { Decoding(prompt: $0, for: model) }
      let streams = (0..<64).map { random.split("bench", $0) }
      sampler.extend(&decodings, with: model, streams: streams)
    }
  }

  /// Sampling 256 completions of 5 tokens and training on them, as a step of the main job does.
  private static func policyStep(_ shape: Shape, _ repeats: Int) -> BenchRow {
    let architecture = architecture(shape)
    var random = RandomStream(seed: 1)
    var weights = Weights()
    weights[.policy] = architecture.freshParameters(from: random)
    var optimizer = NeuralNetworks.AdamW(AdamWConfig())
    let prompts = (0..<32).map { _ in tokens(6, below: architecture.vocabularySize, &random) }
    return BenchRow("grpo \(shape.rawValue)", unit: "steps/s", amount: 1, repeats) {
      let batches = rollouts(of: prompts, architecture, weights[.policy] ?? Parameters(), random)
      step(architecture, &weights, &optimizer, batches)
    }
  }

  /// Two micro-batches of eight completions a prompt.
  private static func rollouts(
    of prompts: [[Int32]], _ architecture: Architecture, _ parameters: Parameters,
    _ random: RandomStream
  ) -> [PackedTokens] {
    guard let model = try? architecture.model(parameters) else {
      preconditionFailure("bench: a weight is missing")
    }
    let sampler = Sampler(SamplingConfig(), maximumTokens: 5, stop: StopRule(sequences: []))
    var openings = prompts.map { Decoding(prompt: $0, for: model) }
    openings.prefill(with: model)
    var decodings = openings.flatMap { Array(repeating: $0, count: 8) }
    openings = []
    let streams = decodings.indices.map { random.split("bench", $0) }
    sampler.extend(&decodings, with: model, streams: streams)
    var batches = [PackedTokens(), PackedTokens()]
    for (index, prompt) in prompts.enumerated() {
      batches[index * 2 / prompts.count].append(
        prompt: prompt,
        continuations: decodings[index * 8..<index * 8 + 8].map {
          (Array($0.tokens[prompt.count...]), Array($0.isSampled[prompt.count...]))
        })
    }
    return batches
  }

  private static func matrixProducts(_ repeats: Int) -> [BenchRow] {
    let peak = measuredPeak()
    let shapes = [
      (4, 128, 128), (64, 128, 128), (64, 128, 384), (512, 128, 352), (512, 352, 128),
      (4096, 128, 128), (4096, 512, 512), (4096, 512, 1408),
    ]
    return shapes.flatMap { rows, inputs, outputs -> [BenchRow] in
      let x = FloatBuffer([Float](repeating: 0.5, count: rows * inputs))
      let w = FloatBuffer([Float](repeating: 0.25, count: outputs * inputs))
      let y = FloatBuffer(count: rows * outputs)
      let work = 2e-9 * Double(rows * inputs * outputs)
      let times = max(1, Int(0.02 / work))
      let name = "\(rows)x\(outputs)x\(inputs)"
      let ours = BenchRow(name, unit: "GFLOP/s", amount: work * Double(times), repeats, peak: peak)
      {
        for _ in 0..<times {
          MatrixProduct.timesTransposed(
            x, w, rows: rows, inputs: inputs, outputs: outputs, into: y)
        }
      }
      let theirs = BenchRow(
        "\(name) OpenBLAS", unit: "GFLOP/s", amount: work * Double(times), repeats, peak: peak
      ) {
        for _ in 0..<times {
          OpenBLAS.timesTransposed(x, w, rows: rows, inputs: inputs, outputs: outputs, into: y)
        }
      }
      return [ours, theirs]
    }
  }

  /// The best of ten runs of independent fused multiply-adds in registers, in GFLOP/s a thread.
  private static func measuredPeak() -> Double {
    (0..<10).map { _ in
      let start = Machine.monotonicSeconds
      let operations = Peak.run()
      return operations / (Machine.monotonicSeconds - start) * 1e-9
    }.max() ?? 0
  }
}

/// A benchmark's median and spread.
struct BenchRow {
  let name, unit: String
  let median, low, high: Double
  let peak: Double?

  /// Runs `body` once to warm up and `repeats` times for the figure `amount / seconds`.
  init(
    _ name: String, unit: String, amount: Double, _ repeats: Int, peak: Double? = nil,
    _ body: () -> Void
  ) {
    body()
    let rates = (0..<repeats).map { _ -> Double in
      let start = Machine.monotonicSeconds
      body()
      return amount / (Machine.monotonicSeconds - start)
    }.sorted()
    (self.name, self.unit, self.peak) = (name, unit, peak)
    (median, low, high) = (rates[rates.count / 2], rates[0], rates[rates.count - 1])
  }

  var text: String {
    let share = peak.map { "  \(Int((100 * median / $0).rounded())) % of the peak" } ?? ""
    return "\(name): \(rounded(median)) \(unit) (\(rounded(low))–\(rounded(high)))\(share)"
  }

  func json(threads: Int) -> JSON {
    var json: JSON = [
      "name": JSON(name), "unit": JSON(unit), "threads": JSON(threads), "median": JSON(median),
      "minimum": JSON(low), "maximum": JSON(high),
    ]
    if let peak { json["share_of_peak"] = JSON(median / peak) }
    return json
  }

  private func rounded(_ value: Double) -> String {
    value >= 100 ? "\(Int(value.rounded()))" : "\((value * 10).rounded() / 10)"
  }
}
