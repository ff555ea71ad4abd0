import Configuration
import Foundation
import Randomness

/// A row of data that cannot be trained on.
public struct DataError: Error, CustomStringConvertible, Sendable {
  public var file = ""
  public var line = 0
  public var reason: String

  public var description: String { file.isEmpty ? reason : "\(file):\(line): \(reason)" }
}

/// Demonstrations from a JSON Lines file: `{"prompt": …, "completion": …}` a line.
///
/// Each epoch visits every row once, in an order of its own.
struct Dataset: Sendable {
  private let rows: [SFT.Row]

  init(file: String, _ context: TrainingContext) throws {
    guard let data = FileManager.default.contents(atPath: file) else {
      throw ConfigErrors([
        ConfigError(path: "data", reason: "\(file): no such file; expected JSON Lines")
      ])
    }
    let lines = [UInt8](data).split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    var rows: [SFT.Row] = []
    for (number, line) in lines.enumerated() where !line.isEmpty {
      do {
        let json = try JSON(parsing: Array(line))
        guard let prompt = json["prompt"]?.string, let completion = json["completion"]?.string
        else {
          throw DataError(reason: "expected the strings \"prompt\" and \"completion\"")
        }
        rows.append(try SFT.Row(prompt: prompt, completion: completion, context))
      } catch {
        let reason = (error as? DataError)?.reason ?? "\(error)"
        throw DataError(file: file, line: number + 1, reason: reason)
      }
    }
    guard !rows.isEmpty else { throw DataError(file: file, line: 1, reason: "there is no row") }
    self.rows = rows
  }

  func row(_ index: Int, random: RandomStream) -> SFT.Row {
    var shuffle = random.split("epoch", index / rows.count)
    return rows[shuffle.permutation(of: rows.count)[index % rows.count]]
  }
}
