import Configuration
import Foundation
import Kernels
import Platform
import TensorCore

struct DoctorCommand: Command {
  static let help = CommandHelp(
    examples: ["rl doctor", "rl doctor --json"],
    notes: """
      What the program was built for and what the machine has: vectors, BLAS, cores and how fast
      they hear from each other, memory, disk, folders, terminal. A fault makes the program
      unusable and ends with 1; a note says what could be better.
      """)

  static func run(_ arguments: Arguments, on console: Console) throws -> ExitCode {
    let findings = [
      vectors, arithmetic, build, cores, memory, disk, package, terminal(console.terminal),
    ]
    let isUsable = !findings.contains { $0.state == .fault }
    if console.isJSON {
      console.output([
        "usable": JSON(isUsable),
        "findings": JSON(members: findings.map { ($0.name, $0.json) }),
      ])
    } else {
      for finding in findings {
        console.show(finding.text, finding.state == .fault ? .failure : .plain)
      }
    }
    return isUsable ? .success : .failure
  }
}

/// One thing that was looked at.
private struct Finding {
  enum State: String {
    case good = "ok"
    case note, fault
  }

  var name: String
  var state = State.good
  var found: String
  /// What to do where it is not good.
  var advice = ""
  var figures: [(key: String, value: JSON)] = []

  /// Two columns, and the advice below.
  var text: String {
    let start =
      name.padding(toLength: 11, withPad: " ", startingAt: 0)
      + state.rawValue.padding(toLength: 6, withPad: " ", startingAt: 0)
    return start + found + (advice.isEmpty ? "" : "\n" + String(repeating: " ", count: 17) + advice)
  }

  var json: JSON {
    JSON(
      members: [("state", JSON(state.rawValue)), ("found", JSON(found)), ("advice", JSON(advice))]
        + figures.map { ($0.key, $0.value) })
  }
}

extension DoctorCommand {
  private static var vectors: Finding {
    let built = Build.instructionSet
    let best = [InstructionSet.v4, .v3, .arm64].first { $0.isSupported }?.rawValue ?? "none"
    let bits = built == .v4 ? 512 : built == .v3 ? 256 : 128
    var finding = Finding(
      name: "vectors",
      found: "kernels built for \(built.rawValue), \(bits) bits; processor \(best)",
      figures: [
        ("built_for", JSON(built.rawValue)), ("processor", JSON(best)), ("bits", JSON(bits)),
      ])
    if built == .v3 && best == InstructionSet.v4.rawValue {
      finding.state = .note
      finding.advice = "the processor has AVX-512: swift build -c release without RL_ARCH uses it"
    }
    return finding
  }

  /// The kernels against BLAS: a build that computes wrong must not train.
  private static var arithmetic: Finding {
    let (rows, inputs, outputs) = (33, 70, 50)
    func values(_ count: Int, _ step: Int) -> FloatBuffer {
      FloatBuffer((0..<count).map { Float($0 * step % 17) / 8 - 1 })
    }
    let (x, weight) = (values(rows * inputs, 5), values(outputs * inputs, 7))
    let (ours, theirs) = (
      FloatBuffer(count: rows * outputs), FloatBuffer(count: rows * outputs)
    )
    MatrixProduct.timesTransposed(
      x, weight, rows: rows, inputs: inputs, outputs: outputs, into: ours)
    OpenBLAS.timesTransposed(
      x, weight, rows: rows, inputs: inputs, outputs: outputs, into: theirs)
    let difference = zip(ours.values, theirs.values).reduce(Float(0)) { max($0, abs($1.0 - $1.1)) }
    let agrees = difference <= 1e-4
    return Finding(
      name: "blas", state: agrees ? .good : .fault,
      found: OpenBLAS.configuration.trimmingCharacters(in: .whitespaces)
        + "; differs from our product by \(difference)",
      advice: agrees ? "" : "one of the two computes wrong here: build again, on this machine",
      figures: [("difference", JSON(Double(difference)))])
  }

  private static var build: Finding {
    #if DEBUG
      Finding(
        name: "build", state: .note,
        found: "rl \(Build.version), debug, Swift \(Build.swiftVersion)",
        advice: "swift build -c release is faster", figures: [("optimized", JSON(false))])
    #else
      Finding(
        name: "build", found: "rl \(Build.version), release, Swift \(Build.swiftVersion)",
        figures: [("optimized", JSON(true))])
    #endif
  }

  private static var cores: Finding {
    let count = Machine.coreCount
    var finding = Finding(name: "cores", found: "\(count)", figures: [("count", JSON(count))])
    guard count > 1 else { return finding }
    guard let seconds = Handoff.roundTripSeconds else {
      finding.found += "; too busy to measure how fast two hear from each other"
      finding.figures.append(("round_trip_ns", .null))
      return finding
    }
    let nanoseconds = Int((seconds * 1e9).rounded())
    let share = nanoseconds <= sharedCacheNanoseconds
    finding.found +=
      "; two share a last-level cache: \(share ? "yes" : "no") "
      + "(\(nanoseconds) ns there and back)"
    finding.figures += [
      ("round_trip_ns", JSON(nanoseconds)), ("share_cache", JSON(share)),
    ]
    if !share {
      finding.state = .note
      finding.advice = "two threads gain less: about 1.5 times one, where sharing gives 1.8"
    }
    return finding
  }

  private static let sharedCacheNanoseconds = 200

  private static var memory: Finding {
    let (total, available) = (Machine.memory, Machine.availableMemory)
    let isLow = (available ?? total) < 512 << 20
    return Finding(
      name: "memory", state: isLow ? .note : .good,
      found: "\(gigabytes(total)) GB"
        + (available.map { ", \(gigabytes($0)) GB available" } ?? ""),
      advice: isLow ? "rl train --dry-run says what a configuration needs" : "",
      figures: [
        ("total", JSON(total)), ("available", available.map { JSON($0) } ?? .null),
      ])
  }

  /// Of the working directory, where `runs/` is made.
  private static var disk: Finding {
    let free = try? LocalFileSystem().freeSpace(at: ".")
    let canWrite = FileManager.default.isWritableFile(atPath: ".")
    let isLow = (free ?? 0) < 256 << 20
    return Finding(
      name: "disk", state: isLow || !canWrite ? .note : .good,
      found: (free.map { "\(gigabytes($0)) GB free here" } ?? "free space unknown")
        + (canWrite ? "" : "; this folder is not writable"),
      advice: isLow || !canWrite ? "rl train --runs DIR puts runs elsewhere" : "",
      figures: [
        ("free", free.map { JSON($0) } ?? .null), ("writable", JSON(canWrite)),
      ])
  }

  private static var package: Finding {
    let root = Build.packageRoot
    let (configs, environments) = (folders.list(.configs), folders.list(.environments))
    let isWhole = !configs.isEmpty && !environments.isEmpty
    return Finding(
      name: "files", state: isWhole ? .good : .note,
      found: "package \(root.isEmpty ? "not found" : root); "
        + "\(configs.count) configurations, \(environments.count) environments",
      advice: isWhole
        ? "" : "run it where Configs/ and Environments/ are, or name files by their paths",
      figures: [
        ("package", JSON(root)), ("configurations", JSON(configs.count)),
        ("environments", JSON(environments.count)),
      ])
  }

  private static func terminal(_ terminal: Terminal) -> Finding {
    func kind(_ isTerminal: Bool) -> String { isTerminal ? "a terminal" : "no terminal" }
    return Finding(
      name: "terminal",
      found: "output \(kind(terminal.outputIsTerminal)), error \(kind(terminal.errorIsTerminal)), "
        + "\(terminal.width) columns",
      figures: [
        ("output", JSON(terminal.outputIsTerminal)), ("error", JSON(terminal.errorIsTerminal)),
        ("columns", JSON(terminal.width)),
      ])
  }

  private static func gigabytes(_ bytes: Int) -> String {
    String(format: "%.1f", Double(bytes) / 1e9)
  }
}
