/// Every command: one line here and one file in `Commands`.
let commandTable = [
  CommandEntry("train", "run a configuration's stages", TrainCommand.self),
  CommandEntry("eval", "held-out success of a checkpoint", EvalCommand.self),
  CommandEntry("sample", "completions of a prompt", SampleCommand.self),
  CommandEntry("score", "log-probabilities of given text or tokens", ScoreCommand.self),
  CommandEntry("logits", "logits of token sequences, for comparison", LogitsCommand.self),
  CommandEntry("bench", "speed of products, training and decoding", BenchCommand.self),
  CommandEntry("version", "version, commit, instruction set", VersionCommand.self),
]
