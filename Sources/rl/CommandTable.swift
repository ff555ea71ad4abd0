/// Every command: one line here and one file in `Commands`.
let commandTable = [
  CommandEntry("train", "run a configuration's stages", TrainCommand.self),
  CommandEntry("eval", "held-out success of a checkpoint", EvalCommand.self),
  CommandEntry("sample", "completions of a prompt", SampleCommand.self),
  CommandEntry("score", "log-probabilities of given text or tokens", ScoreCommand.self),
  CommandEntry("logits", "logits of token sequences, for comparison", LogitsCommand.self),
  CommandEntry("tokenize", "text to token ids and back", TokenizeCommand.self),
  CommandEntry("env list", "the environment files there are", EnvironmentListCommand.self),
  CommandEntry("env show", "what is asked and how it is judged", EnvironmentShowCommand.self),
  CommandEntry("env sample", "problems with their answers", EnvironmentSampleCommand.self),
  CommandEntry("env check", "keys of each split, gold answers", EnvironmentCheckCommand.self),
  CommandEntry("env audit", "cheap policies that must not pay", EnvironmentAuditCommand.self),
  CommandEntry("config resolve", "a configuration, defaults included", ConfigResolveCommand.self),
  CommandEntry("config schema", "JSON Schema of configurations", ConfigSchemaCommand.self),
  CommandEntry("metrics", "what every reported number is", MetricsCommand.self),
  CommandEntry("bench", "speed of products, training and decoding", BenchCommand.self),
  CommandEntry("version", "version, commit, instruction set", VersionCommand.self),
]
