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

  init(file name: String, _ context: TrainingContext) throws {
    let file = try context.files.locate(name, path: "data")
    guard let data = FileManager.default.contents(atPath: file) else {
      throw ConfigError(path: "data", reason: "\(file): the file cannot be read")
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

  /// The rows at these places of the endless sequence of epochs.
  func rows(_ places: Range<Int>, random: RandomStream) -> [SFT.Row] {
    var order: [Int] = []
    return places.map { place in
      if order.isEmpty || place % rows.count == 0 {
        var shuffle = random.split("epoch", place / rows.count)
        order = shuffle.permutation(of: rows.count)
      }
      return rows[order[place % rows.count]]
    }
  }
}
