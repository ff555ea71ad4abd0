import Foundation
import Platform

/// How far a long command is.
struct Progress: Sendable {
  var title: String
  var done: Int
  var total: Int
  /// What to show beside it, the most important first.
  var fields: [(name: String, value: String)] = []
}

/// Decides when progress is shown and as which bytes: a redrawn line, or plain lines now and then.
struct ProgressLine: Sendable {
  enum Mode: Sendable { case redrawn, plain, silent }

  /// Returns to the line's start and erases it.
  static let clearing = "\r\u{1B}[K"

  let mode: Mode
  private var first: (time: Double, done: Int)?
  private var shown: (time: Double, done: Int)?

  init(_ mode: Mode) { self.mode = mode }

  /// The text to write at second `now` on a terminal of `width` columns; empty when none is due.
  mutating func update(_ progress: Progress, now: Double, width: Int) -> String {
    if first == nil { first = (now, progress.done) }
    guard mode != .silent, isDue(progress, now: now) else { return "" }
    shown = (now, progress.done)
    let remaining = remainingSeconds(progress, now: now)
    switch mode {
    case .redrawn:
      // The last column stays free: a full line would wrap on some terminals.
      return Self.clearing + Self.text(progress, remaining: remaining, width: width - 1)
    case .plain:
      return Self.text(progress, remaining: remaining, width: nil) + "\n"
    case .silent: return ""
    }
  }

  /// What to write after the last update, to leave no unfinished line behind.
  mutating func finish() -> String {
    defer { shown = nil }
    return mode == .redrawn && shown != nil ? Self.clearing : ""
  }

  /// Ten times a second when redrawn; else the first, the last, and every max(10 s, 1 %).
  private func isDue(_ progress: Progress, now: Double) -> Bool {
    guard let shown else { return true }
    if progress.done >= progress.total && shown.done < progress.total { return true }
    if mode == .redrawn { return now - shown.time >= 0.1 }
    return now - shown.time >= 10 && (progress.done - shown.done) * 100 >= progress.total
  }

  /// From the pace since the first update, so that a resumed run is not thought fast.
  private func remainingSeconds(_ progress: Progress, now: Double) -> Double? {
    guard let first, progress.done > first.done, now > first.time else { return nil }
    let pace = (now - first.time) / Double(progress.done - first.done)
    return pace * Double(max(0, progress.total - progress.done))
  }
}

extension ProgressLine {
  /// `grpo 120/900 13 %  1:42 left  reward 0.51`; fields that do not fit are left out.
  static func text(_ progress: Progress, remaining: Double?, width: Int?) -> String {
    let share = progress.total > 0 ? progress.done * 100 / progress.total : 100
    var line = visible("\(progress.title) \(progress.done)/\(progress.total) \(share) %")
    var parts = progress.fields.map { visible("\($0.name) \($0.value)") }
    if let remaining, progress.done < progress.total {
      parts.insert("\(duration(remaining)) left", at: 0)
    }
    for part in parts {
      if let width, line.count + 2 + part.count > width { break }
      line += "  " + part
    }
    return width.map { String(line.prefix(max(0, $0))) } ?? line
  }

  /// `0:07`, `12:00`, `3:04:05`.
  static func duration(_ seconds: Double) -> String {
    let whole = seconds < 1e9 ? Int(seconds.rounded()) : Int(1e9)
    let (hours, minutes) = (whole / 3600, whole / 60 % 60)
    let last = String(format: "%02d", whole % 60)
    return hours > 0
      ? "\(hours):" + String(format: "%02d", minutes) + ":" + last : "\(minutes):\(last)"
  }
}

/// Shows progress on a console's standard error.
struct ProgressReporter {
  private var line: ProgressLine
  private let terminal: Terminal

  init(_ console: Console) {
    terminal = console.terminal
    line = ProgressLine(
      console.isQuiet ? .silent : terminal.redrawsProgress ? .redrawn : .plain)
  }

  mutating func report(_ progress: Progress) {
    let text = line.update(progress, now: Machine.monotonicSeconds, width: terminal.width)
    if text.isEmpty { return }
    Signals.noteDrawnLine(line.mode == .redrawn)
    writeStandardError(text)
  }

  /// Gives the line back to whatever is written next.
  mutating func finish() {
    Signals.noteDrawnLine(false)
    let text = line.finish()
    if !text.isEmpty { writeStandardError(text) }
  }
}
