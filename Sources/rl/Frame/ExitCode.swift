/// What the process ends with; scripts rely on each number.
enum ExitCode: Int32, CaseIterable, Error {
  case success = 0
  case failure = 1
  case usage = 2
  case diverged = 3
  case environment = 4
  case checkpoint = 5
  case occupied = 6
  case requeue = 75
  case interrupted = 130
  case userSignal = 140
  case terminated = 143

  var meaning: String {
    switch self {
    case .success: "done; also when nobody reads the output to its end"
    case .failure: "failed while running: disk, memory, a file that is not as it should be"
    case .usage: "the command line or a configuration is wrong; nothing was created"
    case .diverged: "a loss, gradient or reward was not finite; see crash/ in the run"
    case .environment: "an environment failed, or its audit found a row that does not hold"
    case .checkpoint: "a checkpoint is missing or corrupt"
    case .occupied: "the run or output exists, or is written to by another; it is untouched"
    case .requeue: "interrupted, and saved if there was time: start again with --resume auto"
    case .interrupted: "second SIGINT: ended at once, nothing was saved"
    case .userSignal: "second SIGUSR2: ended at once, nothing was saved"
    case .terminated: "second SIGTERM: ended at once, nothing was saved"
    }
  }
}
