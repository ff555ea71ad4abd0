/// Every command: one line here and one file in `Commands`.
let commandTable = [
  CommandEntry("version", "version, commit, instruction set", VersionCommand.self)
]
