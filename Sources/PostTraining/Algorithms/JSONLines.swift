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

/// The rows of a JSON Lines file, each made by `row`, for which `nil` is a row to leave out.
///
/// Empty lines are no rows; whatever is wrong with a row names its file and line. `key` is the
/// configuration key that names the file.
func jsonLines<Row>(
  _ name: String, key: String, _ context: TrainingContext,
  row: (_ json: JSON, _ line: Int) throws -> Row?
) throws -> [Row] {
  let file = try context.files.locate(name, path: key)
  guard let data = FileManager.default.contents(atPath: file) else {
    throw ConfigError(path: key, reason: "\(file): the file cannot be read")
  }
  let lines = [UInt8](data).split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
  var rows: [Row] = []
  for (index, line) in lines.enumerated() where !line.isEmpty {
    do {
      if let row = try row(try JSON(parsing: Array(line)), index + 1) { rows.append(row) }
    } catch {
      let reason = (error as? DataError)?.reason ?? "\(error)"
      throw DataError(file: file, line: index + 1, reason: reason)
    }
  }
  guard !rows.isEmpty else { throw DataError(file: file, line: 1, reason: "there is no row") }
  return rows
}

/// The rows at these places of the endless sequence of epochs, each of which visits all `count` rows
/// once, in an order of its own.
func epochRows(_ places: Range<Int>, of count: Int, random: RandomStream) -> [Int] {
  var order: [Int] = []
  return places.map { place in
    if order.isEmpty || place % count == 0 {
      var shuffle = random.split("epoch", place / count)
      order = shuffle.permutation(of: count)
    }
    return order[place % count]
  }
}
