/// A safetensors file in memory: a checked header and the bytes it describes.
public struct SafetensorsFile: Sendable {
  public let header: SafetensorsHeader
  /// What errors call the file.
  public let name: String
  private let content: [UInt8]
  private let indices: [[UInt8]: Int]

  /// Checks the whole header before a single tensor can be reached.
  public init(
    parsing content: [UInt8], name: String = "", lenient: Bool = false
  ) throws(SafetensorsError) {
    header = try SafetensorsHeader(parsing: content, file: name, lenient: lenient)
    (self.content, self.name) = (content, name)
    indices = [[UInt8]: Int](
      uniqueKeysWithValues: header.entries.enumerated().map { (Array($1.name.utf8), $0) })
  }

  /// The tensor's entry; names are equal when their bytes are.
  public func entry(of name: String) -> SafetensorsHeader.Entry? {
    indices[Array(name.utf8)].map { header.entries[$0] }
  }

  /// The tensor's bytes as the file holds them: little-endian, row-major.
  public func bytes(of name: String) -> ArraySlice<UInt8>? {
    entry(of: name).map { content[$0.range] }
  }
}
