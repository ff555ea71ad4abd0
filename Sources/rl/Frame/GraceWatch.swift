import Foundation
import Platform
import PostTraining

/// What happens between the first signal and the end of the process, on a thread beside the run.
///
/// The run itself finishes its step, saves and throws; a step too long for that is left undone.
struct GraceWatch: Sendable {
  /// From the signal to the end, at the latest.
  let seconds: Double
  let pace: RunPace
  let directory: String
  let console: Console

  /// Returns only with the process.
  func run() {
    let now = Machine.monotonicSeconds
    if pace.secondsToSave(from: now) <= seconds {
      console.narrate("stopping: finishing and saving the step; a second signal ends at once")
      Thread.sleep(forTimeInterval: seconds)
    }
    let error = InterruptedError(directory: directory, step: pace.step, savedStep: pace.savedStep)
    console.report(failure(error))
    _exit(ExitCode.requeue.rawValue)
  }

  func failure(_ error: InterruptedError) -> Failure {
    var failure = Failure(error)
    failure.advice = "go on with: \(resumption(ProcessInfo.processInfo.arguments))"
    return failure
  }

  /// The same command line with `--resume auto`, as a shell takes it.
  func resumption(_ arguments: [String]) -> String {
    var words = arguments.filter { $0 != "--overwrite" }
    if let place = words.firstIndex(of: "--resume"), place + 1 < words.count {
      words.removeSubrange(place...(place + 1))
    }
    return (words + ["--resume", "auto"]).map(quoted).joined(separator: " ")
  }

  private func quoted(_ word: String) -> String {
    let isPlain = word.utf8.allSatisfy {
      UInt8(ascii: "a")...UInt8(ascii: "z") ~= $0 || UInt8(ascii: "A")...UInt8(ascii: "Z") ~= $0
        || UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 || "-_./=:,+@%".utf8.contains($0)
    }
    if isPlain && !word.isEmpty { return word }
    return "'\(word.replacing("'", with: "'\\''"))'"
  }
}
