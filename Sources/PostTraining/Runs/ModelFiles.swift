import Configuration
import LanguageModels
import NeuralNetworks
import Platform
import Tokenizers

/// The files of a Hugging Face directory: the model without its adapter, and its tokenizer.
func modelFiles(
  _ architecture: Architecture, _ parameters: Parameters, _ tokenizer: any Tokenizer
) -> [(path: String, bytes: [UInt8])] {
  let special = tokenizer.specialTokens
  let configuration = tokenizer.configuration(maximumLength: architecture.maximumLength)
  return ModelDirectory.files(
    of: architecture, parameters: parameters.withoutAdapters,
    tokenIds: (bos: special.bos, eos: special.eos, pad: special.pad))
    + [
      ("tokenizer.json", Array(tokenizer.file.text(pretty: true).utf8)),
      ("tokenizer_config.json", Array(configuration.text(pretty: true).utf8)),
    ]
}

extension LoadedModel {
  /// Writes the plain model that computes the same, `W + scale · B A` for each adapted layer, as a
  /// Hugging Face directory at `path`: whole or not at all.
  public func writeMerged(
    to path: String, in fileSystem: any FileSystem = LocalFileSystem()
  ) throws {
    let (base, merged) = architecture.merged(parameters)
    let parent = parentDirectory(of: path)
    try fileSystem.createDirectories(parent)
    let temporary = "\(path).tmp-\(Machine.processID)"
    try fileSystem.createDirectory(temporary)
    do {
      for (name, bytes) in modelFiles(base, merged, tokenizer) {
        try fileSystem.write(bytes, to: "\(temporary)/\(name)")
        try fileSystem.synchronize("\(temporary)/\(name)")
      }
      try fileSystem.synchronize(temporary)
      try fileSystem.rename(temporary, to: path)
    } catch {
      try? fileSystem.removeAll(temporary)
      throw error
    }
    try fileSystem.synchronize(parent)
  }
}
