import Foundation
import Testing

/// The shipped sweeps, with less to do.
@Suite struct SweepTests {
  private static let folder = RunningProgram.packageRoot + "/Configs/sweeps"

  @Test func everySweepIsShortAndSyntacticallyRight() throws {
    let names = try FileManager.default.contentsOfDirectory(atPath: Self.folder)
    #expect(!names.isEmpty)
    for name in names {
      let text = try String(contentsOfFile: "\(Self.folder)/\(name)", encoding: .utf8)
      #expect(text.split(separator: "\n").count <= 10)
      #expect(text.contains("${RL:-.build/release/rl}"))
      #expect(try RunningProgram.shell("bash -n '\(Self.folder)/\(name)'").code == 0)
    }
  }

  /// Six runs of two steps of a small model, then the table; again, it finds all of them done.
  @Test func theLearningRateSweepEndsWithItsTable() throws {
    try inTemporaryDirectory { directory in
      let script = """
        cd '\(directory)' && bash '\(Self.folder)/learning-rate.sh' --quiet \
        stages.sft.max_steps=1 stages.sft.stop_when.metric=none stages.grpo.max_steps=1 \
        stages.grpo.prompts_per_step=2 model.hidden_size=32 model.num_hidden_layers=1 \
        model.intermediate_size=32
        """
      for _ in 0..<2 {
        let ran = try RunningProgram.shell(script)
        #expect(ran.code == 0, "\(ran.error)")
        let table = ran.output.split(separator: "\n").suffix(3).map(String.init)
        #expect(table[0].hasPrefix("ARM "))
        #expect(table[1].hasPrefix("stages.grpo.optimizer.learning_rate=0.0001  3  0 "))
        #expect(table[2].hasPrefix("stages.grpo.optimizer.learning_rate=0.0003  3  0 "))
      }
    }
  }
}
