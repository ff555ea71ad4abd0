import Foundation
import Testing

@Suite struct HostileModelTests {
  /// Files of some 80 bytes that speak of 100 MB and of 4 TB are refused from what they are: in a
  /// process that may take no more than 600 MB, by exit code 5 and a sentence.
  @Test(arguments: [
    (100_000_000, "{", "a header of 100000000 bytes in a file of 9"),
    (
      78, #"{"a":{"dtype":"F32","shape":[1099511627776],"data_offsets":[0,4398046511104]}}"#,
      "the tensors end at byte 4398046511104 of 0"
    ),
  ])
  func aHostileHeaderTakesNoMemory(_ length: Int, _ header: String, _ words: String) throws {
    let laboratory = try Laboratory()
    let trained = try laboratory.rl(
      "train", "--config", "run.json", "--name", "run", "evaluation.every=0",
      "stages.warm.max_steps=1", "stages.rl.max_steps=1")
    #expect(trained.code == 0, "\(trained.error)")
    let model = try laboratory.lastCheckpoint("run") + "/models/policy"
    let bytes = (0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) } + Array(header.utf8)
    try Data(bytes).write(to: URL(filePath: laboratory.path("\(model)/model.safetensors")))
    let ran = try RunningProgram.shell(
      "cd '\(laboratory.folder)' && ulimit -v 600000 && exec \"$RL\" sample --checkpoint \(model) 1+1="
    )
    #expect(ran.code == 5)
    #expect(ran.error.contains(words), "\(ran.error)")
  }
}
