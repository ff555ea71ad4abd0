import Configuration
import Platform
import Tokenizers

struct TokenizeCommand: Command {
  static let help = CommandHelp(
    examples: [
      #"echo '"12+34="' | rl tokenize --tokenizer runs/first/models/policy"#,
      "echo '[4, 5, 13]' | rl tokenize --tokenizer tokenizer.json --decode",
    ],
    options: [
      Option("--tokenizer", value: "PATH", "a tokenizer.json, or the directory that holds it"),
      Option("--decode", "token ids to text"),
    ],
    notes: """
      Reads JSON lines on standard input, writes a line for each: "text" becomes
      {"ids": [...]}; with --decode, [ids] or {"ids": [...]} becomes "text".
      """)

  static func run(_ arguments: Arguments, on console: Console) throws -> ExitCode {
    let tokenizer = try loadTokenizer(at: try arguments.required("--tokenizer"))
    let isDecoding = arguments.isSet("--decode")
    let input = try readStandardInput()
    for (index, line) in input.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated()
    where line.contains(where: { !" \t\r".utf8.contains($0) }) {
      let place = "standard input:\(index + 1)"
      let json = try parsed(line, place)
      console.output(
        isDecoding
          ? try decoded(json, by: tokenizer, place) : try encoded(json, by: tokenizer, place))
    }
    return .success
  }

  private static func parsed(_ line: ArraySlice<UInt8>, _ place: String) throws -> JSON {
    do {
      return try JSON(parsing: Array(line))
    } catch {
      throw Failure(.usage, "\(place):\(error.location.column): \(error.reason)")
    }
  }

  private static func encoded(
    _ json: JSON, by tokenizer: any Tokenizer, _ place: String
  ) throws -> JSON {
    guard let text = json.string else {
      throw Failure(.usage, "\(place): expected a string, found \(json.summary)")
    }
    do {
      return ["ids": JSON(try tokenizer.encode(text).map { JSON(Int($0)) })]
    } catch {
      throw Failure(.usage, "\(place): \(error)")
    }
  }

  private static func decoded(
    _ json: JSON, by tokenizer: any Tokenizer, _ place: String
  ) throws -> JSON {
    guard let elements = (json["ids"] ?? json).array else {
      throw Failure(.usage, "\(place): expected an array of token ids, found \(json.summary)")
    }
    let ids = try elements.map { element in
      guard let id = element.int, 0..<tokenizer.vocabularySize ~= id else {
        throw Failure(
          .usage,
          "\(place): expected a token id below \(tokenizer.vocabularySize), "
            + "found \(element.summary)")
      }
      return Int32(id)
    }
    let bytes = tokenizer.decode(ids, skipsSpecialTokens: false)
    return JSON(String(decoding: bytes, as: UTF8.self))
  }
}
