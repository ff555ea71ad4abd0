import Configuration

struct CompletionCommand: Command {
  enum Shell: String, CaseIterable { case bash, zsh, fish }

  static let help = CommandHelp(
    examples: [
      "eval \"$(rl completion bash)\"    # in ~/.bashrc",
      "eval \"$(rl completion zsh)\"     # in ~/.zshrc, after compinit",
      "rl completion fish | source     # in ~/.config/fish/config.fish",
      "rl completion bash -- train --config grpo-",
    ],
    operands: "bash|zsh|fish [-- WORD …]", operandCount: 1 ... .max,
    notes: """
      Prints the script by which the shell completes commands, options, choices, configurations,
      environments, runs, metrics, and keys of the configurations on the line. The script asks this
      program, so it never goes out of date: with words, the last of which is unfinished, the first
      line says whether files may stand there too, and each further line is a candidate.
      """)

  static func run(_ arguments: Arguments, on console: Console) throws -> ExitCode {
    let name = arguments.operands[0]
    guard let shell = Shell(rawValue: name) else {
      throw Failure.usage(
        "expected \(Shell.allCases.map(\.rawValue).joined(separator: "|")), found \"\(name)\"")
    }
    guard arguments.operands.count > 1 else {
      if console.isJSON {
        console.output(["shell": JSON(shell.rawValue), "script": JSON(shell.script)])
      } else {
        console.output(shell.script)
      }
      return .success
    }
    let words = shell.words(Array(arguments.operands.dropFirst()))
    let completion = Completer(table: commandTable).complete(words)
    let lines = completion.candidates.map { shell.line($0, completing: words.last ?? "") }
    if console.isJSON {
      console.output([
        "files": JSON(completion.files),
        "candidates": JSON(completion.candidates.map { JSON($0.text) }),
      ])
    } else {
      console.output(([completion.files ? "files" : "-"] + lines).joined(separator: "\n"))
    }
    return .success
  }
}

extension CompletionCommand.Shell {
  /// Bash takes words apart at `=`; its pieces belong together.
  fileprivate func words(_ pieces: [String]) -> [String] {
    guard self == .bash else { return pieces }
    var words: [String] = []
    var isJoining = false
    for piece in pieces {
      if !words.isEmpty && (isJoining || piece == "=") {
        words[words.count - 1] += piece
      } else {
        words.append(piece)
      }
      isJoining = piece == "="
    }
    return words
  }

  /// A candidate as the shell's script reads it.
  fileprivate func line(_ candidate: Completion.Candidate, completing word: String) -> String {
    switch self {
    case .bash:
      // What stands before the last = is on the line already.
      let start = word.lastIndex(of: "=").map { word.distance(from: word.startIndex, to: $0) + 1 }
      return String(candidate.text.dropFirst(start ?? 0))
    case .zsh: return "\(candidate.text.replacing(":", with: "\\:")):\(candidate.meaning)"
    case .fish: return "\(candidate.text)\t\(candidate.meaning)"
    }
  }

  fileprivate var script: String {
    switch self {
    case .bash:
      #"""
      # Completion of rl for bash; the program itself says what may stand at the cursor.
      _rl() {
        local word="${COMP_WORDS[COMP_CWORD]}" file
        local -a lines=()
        mapfile -t lines < <(
          "${COMP_WORDS[0]}" completion bash -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
        COMPREPLY=("${lines[@]:1}")
        if [[ ${lines[0]-} == files ]]; then
          compopt -o filenames 2>/dev/null
          while IFS= read -r file; do COMPREPLY+=("$file"); done < <(compgen -f -- "${word#=}")
        fi
        if [[ ${#COMPREPLY[@]} == 1 && ${COMPREPLY[0]} == *= ]]; then
          compopt -o nospace 2>/dev/null
        fi
      }
      complete -F _rl rl
      """#
    case .zsh:
      #"""
      #compdef rl
      # Completion of rl for zsh; the program itself says what may stand at the cursor.
      _rl() {
        local -a lines keys others
        lines=("${(@f)$("${words[1]}" completion zsh -- "${(@)words[2,CURRENT]}" 2>/dev/null)}")
        keys=("${(@M)lines[2,-1]:#*=:*}")
        others=("${(@)lines[2,-1]:#*=:*}")
        (( ${#keys} )) && _describe -t keys key keys -S ''
        (( ${#others} )) && _describe -t candidates candidate others
        [[ ${lines[1]} == files ]] && _files
        return 0
      }
      if [[ ${funcstack[1]} == _rl ]]; then _rl "$@"; else compdef _rl rl; fi
      """#
    case .fish:
      #"""
      # Completion of rl for fish; the program itself says what may stand at the cursor.
      function __rl_candidates
        set -l before (commandline -opc)
        set -l current (commandline -ct)
        set -l lines ($before[1] completion fish -- $before[2..] "$current" 2>/dev/null)
        printf '%s\n' $lines[2..]
        test "$lines[1]" = files; and __fish_complete_path "$current"
      end
      complete -c rl -f -a '(__rl_candidates)'
      """#
    }
  }
}
