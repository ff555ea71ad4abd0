import Configuration
import Foundation
import LanguageModels
import Testing

/// Writes what `Tests/Peers/models_peer.py` opens: by hand, with `RL_PEER_DIRECTORY` set.
@Suite(.enabled(if: ProcessInfo.processInfo.environment["RL_PEER_DIRECTORY"] != nil))
struct ModelPeerFilesTests {
  @Test(arguments: ReferenceModel.names) func writesModelsAndTheirLogits(_ name: String) throws {
    let root = try #require(ProcessInfo.processInfo.environment["RL_PEER_DIRECTORY"])
    let directory = URL(filePath: "\(root)/\(name)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    let reference = try ReferenceModel(name)
    let files = ModelDirectory.files(
      of: reference.architecture, parameters: reference.parameters,
      tokenIds: (bos: 1, eos: 2, pad: name == "llama_gqa_tied" ? nil : 0))
    for file in files { try Data(file.bytes).write(to: directory.appending(path: file.path)) }
    let sequences = SmallModel.sequences(5, longest: 40, seed: 21)
    let logits = try reference.model().logits(of: sequences)
    let golden = zip(sequences, logits).map { tokens, values -> JSON in
      [
        "tokens": JSON(tokens.map { JSON(Int($0)) }), "logits": JSON(values.map { JSON($0) }),
      ]
    }
    try Data(JSON(golden).text().utf8).write(to: directory.appending(path: "logits.json"))
  }
}
