import Testing

@testable import rl

@Suite struct ProgressLineTests {
  private func progress(_ done: Int, of total: Int = 1000) -> Progress {
    Progress(
      title: "grpo", done: done, total: total, fields: [("reward", "0.51"), ("kl", "0.002")])
  }

  /// 100 steps in 20 s leave 900 steps, which is 180 s.
  @Test func theRestIsForetoldFromThePaceSinceTheFirstUpdate() {
    var line = ProgressLine(.plain)
    #expect(
      line.update(progress(0), now: 5, width: 80) == "grpo 0/1000 0 %  reward 0.51  kl 0.002\n")
    #expect(
      line.update(progress(100), now: 25, width: 80)
        == "grpo 100/1000 10 %  3:00 left  reward 0.51  kl 0.002\n")
  }

  @Test func plainLinesWaitForTenSecondsAndOnePercent() {
    var line = ProgressLine(.plain)
    var written: [Int] = []
    for second in 0...60 {
      let text = line.update(progress(second), now: Double(second), width: 80)
      if !text.isEmpty { written.append(second) }
      #expect(!text.utf8.contains { $0 == 0x1B || $0 == 0x0D })
    }
    #expect(written == [0, 10, 20, 30, 40, 50, 60])

    var slow = ProgressLine(.plain)  // 1 % is 10 steps, one in 2 s
    let due = (0...60).filter {
      !slow.update(progress($0 / 2), now: Double($0), width: 80).isEmpty
    }
    #expect(due == [0, 20, 40, 60])
  }

  @Test func theLastStepIsAlwaysShownOnce() {
    var line = ProgressLine(.plain)
    _ = line.update(progress(999), now: 0, width: 80)
    #expect(
      line.update(progress(1000), now: 0.1, width: 80).hasPrefix("grpo 1000/1000 100 %  reward"))
    #expect(line.update(progress(1000), now: 0.2, width: 80).isEmpty)
  }

  @Test func aRedrawnLineComesAtMostTenTimesASecond() {
    var line = ProgressLine(.redrawn)
    let drawn = (0..<1000).count { milliseconds in
      !line.update(progress(0), now: Double(milliseconds) / 1000, width: 80).isEmpty
    }
    #expect(drawn == 10)
    #expect(line.finish() == ProgressLine.clearing)
    #expect(line.finish().isEmpty)
  }

  @Test(arguments: 1...80) func aRedrawnLineLeavesTheLastColumnFree(_ width: Int) {
    var line = ProgressLine(.redrawn)
    let text = line.update(progress(7), now: 0, width: width)
    #expect(text.hasPrefix(ProgressLine.clearing))
    #expect(text.dropFirst(ProgressLine.clearing.count).count < width)
  }

  @Test func fieldsThatDoNotFitAreLeftOutWhole() {
    let text = ProgressLine.text(progress(10), remaining: nil, width: 32)
    #expect(text == "grpo 10/1000 1 %  reward 0.51")
  }

  @Test func silenceIsSilent() {
    var line = ProgressLine(.silent)
    #expect(line.update(progress(1000), now: 0, width: 80).isEmpty)
    #expect(line.finish().isEmpty)
  }

  @Test func durationsReadAsClocks() {
    #expect(
      [0, 59.6, 3600, 7384].map(ProgressLine.duration) == ["0:00", "1:00", "1:00:00", "2:03:04"])
  }
}
