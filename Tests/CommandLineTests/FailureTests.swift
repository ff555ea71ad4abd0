import Configuration
import Platform
import PostTraining
import Testing

@testable import rl

@Suite struct FailureTests {
  private struct Unforeseen: Error {}

  @Test func everyKindOfErrorHasItsExitCode() {
    let errors: [(any Error, ExitCode)] = [
      (ConfigError(path: "a", reason: ""), .usage), (ConfigErrors([]), .usage),
      (RunError.exists(path: ""), .occupied), (RunError.unusableName(""), .usage),
      (RunError.locked(path: "", owner: ""), .occupied),
      (RunError.missingCheckpoint(path: ""), .checkpoint),
      (RunError.noSpace(path: "", needed: 2, free: 1), .failure),
      (LockError.held(path: "", owner: ""), .occupied),
      (SaveFailure(directory: "", step: 1, failures: 1, reason: "", savedStep: nil), .failure),
      (InterruptedError(directory: "", step: 1, savedStep: nil), .requeue),
      (FileError("read", "", code: 5), .failure), (Failure(.environment, ""), .environment),
      (Unforeseen(), .failure),
    ]
    for (error, code) in errors { #expect(Failure(error).code == code, "\(error)") }
  }

  @Test func pathsBecomeJSONPointers() {
    let failure = Failure(ConfigError(path: "stages.a/b.gates[2].x~y", reason: "no"))
    #expect(failure.complaints[0].pointer == "/stages/a~1b/gates/2/x~0y")
  }

  @Test func everythingThatSteersATerminalIsShown() {
    #expect(
      visible("a\u{1B}[31m\r\n\tb\u{202E}\u{7F}é") == "a\\u{1B}[31m\\u{D}\n\tb\\u{202E}\\u{7F}é")
  }

  @Test func anOldProcessorIsToldWhatToDo() throws {
    #expect(Build.refusal(needing: .v4, isSupported: { _ in true }) == nil)
    let rebuild = try #require(Build.refusal(needing: .v4, isSupported: { $0 == .v3 }))
    #expect(rebuild.contains("RL_ARCH=x86-64-v3 swift build -c release"))
    let older = try #require(Build.refusal(needing: .v3, isSupported: { _ in false }))
    #expect(!older.contains("RL_ARCH"))
    #expect(Build.instructionSet.isSupported)
  }

  @Test func onScreenEveryPageFits() {
    let pages =
      commandTable.map { HelpText.page($0) } + helpTopics.map { HelpText.filled($0.text()) }
      + [HelpText.overview(commandTable)]
    for page in pages {
      let lines = page.split(separator: "\n", omittingEmptySubsequences: false)
      #expect(lines.count <= 40, "\(lines[0])")
      for line in lines { #expect(line.count <= 80, "\(line)") }
    }
  }

  @Test func examplesComeFirst() {
    for entry in commandTable {
      let page = HelpText.page(entry)
      #expect(page.split(separator: "\n").dropFirst().first == "Examples")
      let examples = entry.type.help.examples
      #expect(!examples.isEmpty && examples.allSatisfy { $0.contains("rl \(entry.name)") })
    }
  }

  @Test func theTopicListsEveryExitCode() throws {
    let page = try #require(helpTopics.first { $0.name == "exit-codes" }).text()
    let codes = page.split(separator: "\n").dropFirst().compactMap { line in
      line.split(separator: " ").first.flatMap { Int32($0) }
    }
    #expect(codes == [0, 1, 2, 3, 4, 5, 6, 75, 130, 140, 143])
  }
}
