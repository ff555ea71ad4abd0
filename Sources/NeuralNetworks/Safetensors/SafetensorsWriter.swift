import Configuration

/// A tensor on its way to a file.
public struct SafetensorsBlob: Sendable, Equatable {
  public var name: String
  public var type: SafetensorsType
  public var shape: [Int]
  /// Little-endian and row-major.
  public var bytes: [UInt8]

  public init(name: String, type: SafetensorsType, shape: [Int], bytes: [UInt8]) {
    (self.name, self.type, self.shape, self.bytes) = (name, type, shape, bytes)
  }
}

extension SafetensorsFile {
  /// The bytes that the reference implementation writes for these tensors.
  ///
  /// Tensors stand by falling rank of type, then by name; the header is filled up with spaces to
  /// a multiple of 8. `format` is there by default: several loaders refuse a file without it.
  public static func bytes(
    of tensors: [SafetensorsBlob], metadata: [String: String]? = ["format": "pt"]
  ) -> [UInt8] {
    let ordered = sorted(tensors)
    var members: [(key: String, value: JSON)] = []
    if let metadata { members.append((key: "__metadata__", value: object(metadata))) }
    var end = 0
    for tensor in ordered {
      let elements = tensor.shape.reduce(1, *)
      precondition(
        UInt64(elements) * tensor.type.bitWidth == 8 * UInt64(tensor.bytes.count),
        "safetensors: \(tensor.name): \(tensor.bytes.count) bytes for "
          + "\(tensor.type.rawValue) \(tensor.shape)")
      let begin = end
      end += tensor.bytes.count
      let entry: JSON = [
        "dtype": JSON(tensor.type.rawValue), "shape": JSON(tensor.shape.map { JSON($0) }),
        "data_offsets": [JSON(begin), JSON(end)],
      ]
      members.append((key: tensor.name, value: entry))
    }
    var header = Array(JSON(members: members).text().utf8)
    header += [UInt8](repeating: 0x20, count: (8 - header.count % 8) % 8)
    var file: [UInt8] = []
    file.reserveCapacity(8 + header.count + end)
    for shift in stride(from: 0, to: 64, by: 8) {
      file.append(UInt8(truncatingIfNeeded: header.count >> shift))
    }
    file += header
    for tensor in ordered { file += tensor.bytes }
    return file
  }

  private static func sorted(_ tensors: [SafetensorsBlob]) -> [SafetensorsBlob] {
    let ranks = Dictionary(
      uniqueKeysWithValues: SafetensorsType.allCases.enumerated().map { ($1, $0) })
    return tensors.sorted { one, other in
      one.type == other.type
        ? one.name.utf8.lexicographicallyPrecedes(other.name.utf8)
        : ranks[one.type, default: 0] > ranks[other.type, default: 0]
    }
  }

  private static func object(_ metadata: [String: String]) -> JSON {
    let keys = metadata.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    return JSON(members: keys.map { (key: $0, value: JSON(metadata[$0] ?? "")) })
  }
}
