import Configuration

/// What a safetensors file says of its tensors, checked against the file's length.
///
/// The rules are the reference implementation's, in its order, but for what its specification
/// forbids and it lets pass: duplicate keys, positional entries, space before the header.
public struct SafetensorsHeader: Sendable {
  /// One tensor: its name, its type, its extent, its place.
  public struct Entry: Sendable, Equatable {
    public var name: String
    public var type: SafetensorsType
    /// Dimensions as written; beside a 0, one may be larger than any `Int`.
    public var dimensions: [UInt64]
    /// Where the bytes are, counted from the start of the file.
    public var range: Range<Int>

    /// The dimensions, or `nil` when one is too large for `Int`.
    public var shape: [Int]? {
      let shape = dimensions.compactMap { Int(exactly: $0) }
      return shape.count == dimensions.count ? shape : nil
    }
  }

  /// The longest header that is read, as in the reference.
  public static let maximumLength = 100_000_000

  /// In the order of their bytes.
  public let entries: [Entry]
  /// `nil` where the file has none.
  public let metadata: [String: String]?
  /// What is accepted but unusual, in sentences.
  public let warnings: [String]

  /// Reads the header of the whole file in `bytes`; `lenient` allows space before the header.
  public init(
    parsing bytes: [UInt8], file: String = "", lenient: Bool = false
  ) throws(SafetensorsError) {
    let length = try Self.headerLength(bytes, file)
    let text = bytes[8..<8 + length]
    guard String(validating: text, as: UTF8.self) != nil else {
      throw SafetensorsError(.headerText, file: file, "the header is not UTF-8")
    }
    guard lenient || text.first == nil || text.first == UInt8(ascii: "{") else {
      throw SafetensorsError(.headerContent, file: file, "the header does not start with {")
    }
    var reader = HeaderReader(text: Array(text), file: file)
    var entries = try reader.read()
    entries.sort { ($0.begin, $0.end) < ($1.begin, $1.end) }
    try Self.check(entries, dataLength: bytes.count - 8 - length, file)
    self.entries = entries.map { entry in
      Entry(
        name: entry.name, type: entry.type, dimensions: entry.dimensions,
        range: 8 + length + entry.begin..<8 + length + entry.end)
    }
    (metadata, warnings) = (reader.metadata, reader.warnings)
  }

  private static func headerLength(
    _ bytes: [UInt8], _ file: String
  ) throws(SafetensorsError) -> Int {
    guard bytes.count >= 8 else {
      throw SafetensorsError(
        .headerTooSmall, file: file, "\(bytes.count) bytes are too few for a header's length")
    }
    let length = bytes[..<8].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard length <= UInt64(maximumLength) else {
      throw SafetensorsError(
        .headerTooLarge, file: file, "a header of \(length) bytes, at most \(maximumLength)")
    }
    guard Int(length) <= bytes.count - 8 else {
      throw SafetensorsError(
        .headerLength, file: file,
        "a header of \(length) bytes in a file of \(bytes.count): is it cut off?")
    }
    return Int(length)
  }

  private static func check(
    _ entries: [HeaderReader.Entry], dataLength: Int, _ file: String
  ) throws(SafetensorsError) {
    var end = 0
    for entry in entries {
      guard entry.begin == end, entry.end >= entry.begin else {
        throw SafetensorsError(
          .offsets, file: file, tensor: entry.name,
          "bytes \(entry.begin) to \(entry.end) do not follow on \(end)")
      }
      end = entry.end
      let size = try size(of: entry, file)
      guard size == UInt64(entry.end - entry.begin) else {
        throw SafetensorsError(
          .size, file: file, tensor: entry.name,
          "\(entry.type.rawValue) \(entry.dimensions) takes \(size) bytes, "
            + "the offsets give it \(entry.end - entry.begin)")
      }
    }
    guard end == dataLength else {
      throw SafetensorsError(
        .fileLength, file: file, "the tensors end at byte \(end) of \(dataLength): is it cut off?")
    }
  }

  private static func size(
    of entry: HeaderReader.Entry, _ file: String
  ) throws(SafetensorsError) -> UInt64 {
    var bits: UInt64 = 1
    for factor in entry.dimensions + [entry.type.bitWidth] {
      let (product, overflow) = bits.multipliedReportingOverflow(by: factor)
      guard !overflow else {
        throw SafetensorsError(
          .sizeOverflow, file: file, tensor: entry.name,
          "\(entry.type.rawValue) \(entry.dimensions) is too large to count")
      }
      bits = product
    }
    guard bits % 8 == 0 else {
      throw SafetensorsError(
        .partialByte, file: file, tensor: entry.name,
        "\(entry.type.rawValue) \(entry.dimensions) does not fill whole bytes")
    }
    return bits / 8
  }
}
