import Configuration
import Foundation
import Testing
import Tokenizers

/// Writes what `Tests/Peers/tokenizers_peer.py` opens: by hand, with `RL_PEER_DIRECTORY` set.
@Suite(.enabled(if: ProcessInfo.processInfo.environment["RL_PEER_DIRECTORY"] != nil))
struct PeerFilesTests {
  @Test(arguments: ["", "<bos>"])
  func writesTokenizersAndTheirIds(bos: String) throws {
    let root = try #require(ProcessInfo.processInfo.environment["RL_PEER_DIRECTORY"])
    let fixtures = URL(filePath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "Fixtures/tokenizers").path
    let strings = try JSON(contentsOfFile: "\(fixtures)/strings.json").decode([String].self)
    var alphabet = String.UnicodeScalarView()
    for scalar in strings.joined().unicodeScalars where !alphabet.contains(scalar) {
      alphabet.append(scalar)
    }
    var characters = CharacterTokenizerConfig(characters: String(alphabet))
    var bytes = ByteTokenizerConfig()
    (characters.bosToken, bytes.bosToken) = (bos, bos)
    let tokenizers: [(String, any Tokenizer)] = [
      ("characters", try CharacterTokenizer(characters)), ("bytes", try ByteTokenizer(bytes)),
    ]
    for (name, tokenizer) in tokenizers {
      let directory = "\(root)/\(name)\(bos.isEmpty ? "" : "-bos")"
      try FileManager.default.createDirectory(
        atPath: directory, withIntermediateDirectories: true)
      let golden = try strings.map { text -> JSON in
        let ids = try tokenizer.encode(Array(text.utf8), matchesSpecialTokens: true)
        return [
          "text": JSON(text), "ids": try JSON(encoding: tokenizer.specialTokens.prefix + ids),
          "decoded": JSON(String(decoding: tokenizer.decode(ids), as: UTF8.self)),
        ]
      }
      let files = [
        "tokenizer.json": tokenizer.file, "golden.json": JSON(golden),
        "tokenizer_config.json": tokenizer.configuration(maximumLength: 64),
      ]
      for (name, json) in files {
        try Data(json.text(pretty: true).utf8).write(to: URL(filePath: "\(directory)/\(name)"))
      }
    }
  }
}
