/// Every command: one line here and one file in `Commands`.
let commandTable = [
  CommandEntry("config resolve", "a configuration with every default", ConfigResolve.self),
  CommandEntry("config schema", "the JSON Schema of configurations", ConfigSchema.self),
  CommandEntry("env list", "the environment files there are", EnvironmentList.self),
  CommandEntry("env show", "what an environment asks and how it judges", EnvironmentShow.self),
  CommandEntry("env sample", "problems with their answers", EnvironmentSample.self),
  CommandEntry("env check", "keys of each split, gold answers, floors", EnvironmentCheck.self),
  CommandEntry("env audit", "cheap policies that must not pay", EnvironmentAuditing.self),
  CommandEntry("tokenize", "text to token ids and back", Tokenize.self),
  CommandEntry("metrics", "what every reported number is", MetricsList.self),
  CommandEntry("version", "version, commit, instruction set", Version.self),
]
