import Configuration
import EnvironmentKit
import LanguageModels
import Randomness
import Tokenizers

/// Plays groups of episodes with the policy.
struct RolloutCollector: Sendable {
  let context: TrainingContext
  let decoder: any TurnDecoder
  let generations: Int

  init(_ context: TrainingContext, decoder: any TurnDecoder, generations: Int) {
    (self.context, self.decoder, self.generations) = (context, decoder, generations)
  }

  init(_ context: TrainingContext, settings: SamplingConfig, maximumTokens: Int, generations: Int)
    throws
  {
    let sampler = Sampler(settings, maximumTokens: maximumTokens, stop: try context.stopRule())
    self.init(context, decoder: sampler, generations: generations)
  }

  /// `generations` rollouts of each choice, all decoded together; a prompt is run once.
  ///
  /// A rollout's draws depend on its problem's index and its own number, on nothing else.
  func play(
    _ choices: [(index: Int, choice: Choice)], with model: any LanguageModel
  ) throws -> [RolloutGroup] {
    let environment = context.environment
    var openings: [Decoding] = []
    for (_, choice) in choices {
      openings.append(Decoding(prompt: try context.prompt(of: choice), for: model))
    }
    let prompts = openings.map(\.tokens)
    openings.prefill(with: model)
    let costs = openings.map(\.cost)
    var attempts: [Attempt] = []
    for (opening, (index, choice)) in zip(openings, choices) {
      let stream = context.random.split("rollout", index)
      for sample in 0..<generations {
        attempts.append(
          Attempt(
            decoding: opening,
            episode: environment.episode(for: choice.problem, level: choice.level),
            stream: stream.split("sample", sample)))
      }
    }
    openings = []  // the copies alone hold the prompts' blocks now
    try finish(&attempts, model)
    return zip(choices, prompts).enumerated().map { place, item in
      let ((index, choice), prompt) = item
      let members = attempts[place * generations..<(place + 1) * generations]
      var group = RolloutGroup(
        index: index, level: choice.level, problem: choice.problem, prompt: prompt,
        rollouts: members.map { $0.rollout(after: prompt.count) })
      // The prompt was run once for all of them.
      group.cost = members.reduce(costs[place]) { $0 + $1.decoding.cost - costs[place] }
      return group
    }
  }

  /// Turn after turn, until every episode has its verdict.
  private func finish(_ attempts: inout [Attempt], _ model: any LanguageModel) throws {
    var turn = 0
    var open = Array(attempts.indices)
    while !open.isEmpty {
      var decodings: [Decoding] = []
      for index in open {
        decodings.append(attempts[index].decoding)
        attempts[index].decoding = Decoding(prompt: [0], for: model)
      }
      let starts = decodings.map(\.tokens.count)
      decoder.extend(
        &decodings, with: model, streams: open.map { attempts[$0].stream.split("turn", turn) })
      for (index, (decoding, start)) in zip(open, zip(decodings, starts)) {
        attempts[index].decoding = decoding
        try respond(to: &attempts[index], from: start)
      }
      open.removeAll { attempts[$0].verdict != nil }
      turn += 1
    }
  }

  private func respond(to attempt: inout Attempt, from start: Int) throws {
    let finish = attempt.decoding.finishes.last ?? .length
    let text = context.text(of: attempt.decoding.tokens[start...], finish)
    switch attempt.episode.respond(to: text, isTruncated: finish == .length) {
    case .finished(let verdict): attempt.verdict = verdict
    case .reply(let messages, _):
      let reply = try context.tokenizer.encode(messages.map(\.text).joined())
      // The model has no position for it: nothing can be said about this attempt.
      guard attempt.decoding.tokens.count + reply.count < context.maximumLength else {
        attempt.verdict = Verdict(
          score: nil, isSuccess: false, isParsed: false, reason: "no room for another turn")
        return
      }
      attempt.decoding.append(reply)
    }
  }
}

/// One rollout in the making.
private struct Attempt {
  var decoding: Decoding
  var episode: any Episode
  let stream: RandomStream
  var verdict: Verdict?

  func rollout(after prompt: Int) -> Rollout {
    let verdict =
      verdict ?? Verdict(score: nil, isSuccess: false, isParsed: false, reason: "no verdict")
    return Rollout(
      tokens: Array(decoding.tokens[prompt...]), isSampled: Array(decoding.isSampled[prompt...]),
      logProbs: Array(decoding.logProbs[prompt...]), finish: decoding.finishes.last ?? .length,
      verdict: verdict, reward: verdict.score)
  }
}
