import Foundation
import TestSupport
import Testing

@testable import rl

@Suite struct CompletionTests {
  private let completer = Completer(table: commandTable)

  private func texts(_ words: String...) -> [String] {
    completer.complete(words).candidates.map(\.text)
  }

  @Test func commandsAndGroups() {
    let first = texts("")
    for entry in commandTable {
      #expect(first.contains(String(entry.name.prefix { $0 != " " })))
    }
    #expect(Set(first).count == first.count)
    #expect(texts("ev") == ["eval"])
    #expect(texts("env", "s") == ["show", "sample"])
    #expect(texts("help", "exit") == ["exit-codes"])
    #expect(texts("-q", "vers") == ["version"])
    #expect(texts("nonsense", "") == [])
  }

  /// Every option of every command, but those that are there already and do not repeat.
  @Test func options() {
    for entry in commandTable {
      let words = entry.name.split(separator: " ").map(String.init)
      let known = (entry.type.help.options + Option.global).map { $0.names[0] }
      #expect(completer.complete(words + ["--"]).candidates.map(\.text) == known)
    }
    #expect(texts("train", "--config", "a.json", "--dry-run", "--d") == [])
    #expect(texts("train", "--config", "a.json", "--co") == ["--config", "--color"])
  }

  @Test func choicesOfOptionsAndOperands() {
    #expect(texts("env", "sample", "--split", "") == ["train", "eval", "test"])
    #expect(texts("eval", "--color=a") == ["--color=auto", "--color=always"])
    #expect(texts("bench", "de") == ["decode"])
    #expect(completer.complete(["train", "--resume", "n"]).candidates.map(\.text) == ["never"])
    #expect(completer.complete(["train", "--resume", ""]).files)
    #expect(texts("env", "sample", "--count", "") == [])
    #expect(texts("metrics", "time/st") == ["time/step"])
    #expect(texts("bias", "--algorithm", "gs") == ["gspo"])
    #expect(texts("bias", "--world", "") == ["words", "answer", "choice"])
  }

  @Test func namesOfFilesAndKeys() throws {
    func lines(_ arguments: String) throws -> [Substring] {
      try RunningProgram.shell("\"$RL\" completion bash -- \(arguments)").output
        .split(separator: "\n")
    }
    #expect(
      try lines("train --config grpo-a").sorted() == ["files", "grpo-add.json", "grpo-arith.json"])
    #expect(try lines("env show arith-t") == ["files", "arith-two-digit.json"])
    let rate = "stages.grpo.optimizer.learning_rate"
    #expect(try lines("train --config grpo-add.json stages.grpo.optimizer.l") == ["-", "\(rate)="])
    #expect(
      try lines("config resolve grpo-add.json '~stages.grpo.optimizer.l'") == ["files", "~\(rate)"])
    #expect(try lines("train --config nope.json stages") == ["-"])
  }

  /// Real bash, which takes words apart at `=`.
  @Test(arguments: [
    ("ev", ["eval"]), ("config re", ["resolve"]), ("eval --color = al", ["always"]),
    ("train --config grpo-add.json seed", ["seed="]),
    ("config resolve Package.s", ["Package.swift"]),
  ])
  func bashCompletes(_ line: String, _ expected: [String]) throws {
    let words = line.split(separator: " ").map { "'\($0)'" }.joined(separator: " ")
    let ran = try RunningProgram.shell(
      """
      eval "$("$RL" completion bash)" || exit 9
      complete -p rl > /dev/null || exit 8
      COMP_WORDS=("$RL" \(words)); COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
      _rl; printf '%s\\n' "${COMPREPLY[@]}"
      """)
    #expect(ran.code == 0 && ran.error.isEmpty, "\(ran.error)")
    #expect(ran.output.split(separator: "\n").map(String.init) == expected)
  }

  /// Their parsers take the scripts; fish completes, too.
  @Test func zshAndFishReadTheirs() throws {
    let zsh = try RunningProgram.shell(
      "command -v zsh > /dev/null || exit 0; \"$RL\" completion zsh | zsh -n /dev/stdin")
    #expect(zsh.code == 0 && zsh.error.isEmpty, "\(zsh.error)")
    let fish = try RunningProgram.shell(
      """
      command -v fish > /dev/null || exit 0
      ln -s "$RL" "$HOME/rl" && export PATH="$HOME:$PATH"
      fish -c 'rl completion fish | source; complete -C "rl eva"'
      """, environment: ["HOME": try TemporaryFolder.make()])
    #expect(fish.code == 0, "\(fish.error)")
    #expect(fish.output.isEmpty || fish.output.hasPrefix("eval\theld-out"), "\(fish.output)")
  }

  @Test func anUnknownShellIsRefused() throws {
    let ran = try RunningProgram.run("completion", "tcsh")
    #expect(ran.code == 2)
    #expect(ran.error.contains("expected bash|zsh|fish, found \"tcsh\""))
  }
}
