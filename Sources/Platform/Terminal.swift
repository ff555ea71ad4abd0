import Foundation

/// Whether to colour, as `--color` says.
public enum ColorChoice: String, CaseIterable, Sendable { case auto, always, never }

/// What standard output and error are connected to, and what may be drawn there.
public struct Terminal: Sendable {
  public var outputIsTerminal: Bool
  public var errorIsTerminal: Bool
  private let environment: [String: String]

  public init(outputIsTerminal: Bool, errorIsTerminal: Bool, environment: [String: String]) {
    self.outputIsTerminal = outputIsTerminal
    self.errorIsTerminal = errorIsTerminal
    self.environment = environment
  }

  /// The terminal of this process.
  public static var current: Terminal {
    Terminal(
      outputIsTerminal: isatty(STDOUT_FILENO) == 1, errorIsTerminal: isatty(STDERR_FILENO) == 1,
      environment: ProcessInfo.processInfo.environment)
  }

  /// Whether one line may be drawn over and over on standard error.
  public var redrawsProgress: Bool { errorIsTerminal && !isDumb && !isSet("CI") }

  /// Whether to colour standard output: the flag, then `NO_COLOR`, then a force, then the terminal.
  public func colorsOutput(_ choice: ColorChoice) -> Bool { colors(choice, outputIsTerminal) }

  /// Whether to colour standard error, by the same rules.
  public func colorsError(_ choice: ColorChoice) -> Bool { colors(choice, errorIsTerminal) }

  /// Columns of the window now, else of `COLUMNS`, else 80.
  public var width: Int {
    var size = winsize()
    for stream in [STDERR_FILENO, STDOUT_FILENO] {
      if unsafe ioctl(stream, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 {
        return Int(size.ws_col)
      }
    }
    return environment["COLUMNS"].flatMap { Int($0) }.flatMap { $0 > 0 ? $0 : nil } ?? 80
  }

  private func colors(_ choice: ColorChoice, _ isTerminal: Bool) -> Bool {
    switch choice {
    case .always: true
    case .never: false
    case .auto where isSet("NO_COLOR"): false
    case .auto where isSet("CLICOLOR_FORCE") || isSet("FORCE_COLOR"): true
    case .auto: isTerminal && !isDumb
    }
  }

  private var isDumb: Bool { environment["TERM"] == "dumb" }

  /// Set to something that does not deny itself: `CI=false` and `FORCE_COLOR=0` are not set.
  private func isSet(_ name: String) -> Bool {
    guard let value = environment[name], !value.isEmpty else { return false }
    return name == "NO_COLOR" || !["0", "false"].contains(value)
  }
}
