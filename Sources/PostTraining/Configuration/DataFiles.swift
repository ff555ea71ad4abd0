import Configuration
import NeuralNetworks

/// Where data files and models that a configuration names are looked for.
public struct DataFiles: Sendable {
  private let folders: ConfigFolders
  private let configFile: String

  public init(folders: ConfigFolders = ConfigFolders(), configFile: String = "") {
    (self.folders, self.configFile) = (folders, configFile)
  }

  func locate(_ name: String, path: String) throws(ConfigError) -> String {
    try folders.locate(name, .configs, beside: configFile, path: path)
  }

  /// The model in a directory that is looked for like a file.
  func model(_ name: String, as role: Role = .policy) throws -> LoadedModel {
    try LoadedModel(
      folders.locateDirectory(name, .configs, beside: configFile) ?? name, as: role)
  }
}
