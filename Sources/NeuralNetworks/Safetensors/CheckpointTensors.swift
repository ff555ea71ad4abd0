import Configuration
import Platform

/// The tensors of a Hugging Face directory: of `model.safetensors`, or of its indexed shards.
public struct CheckpointTensors: Sendable {
  /// In byte order.
  public let names: [String]
  /// What is accepted but unusual, in sentences.
  public let warnings: [String]
  private let files: [SafetensorsFile]
  private let owners: [[UInt8]: Int]

  /// Reads and checks every file before any tensor is handed out.
  public init(
    directory: String, in fileSystem: some FileSystem = LocalFileSystem()
  ) throws {
    let single = "\(directory)/model.safetensors"
    let index = "\(single).index.json"
    if try fileSystem.status(single) != nil {
      try self.init(file: single, in: fileSystem)
    } else {
      guard try fileSystem.status(index) != nil else {
        throw SafetensorsError(.missing, file: single, "no such file, nor an index of shards")
      }
      let map = try ShardIndex(parsing: try fileSystem.read(index), file: index)
      let files = try map.files.map { name in
        let path = "\(directory)/\(name)"
        guard try fileSystem.status(path) != nil else {
          throw SafetensorsError(.missing, file: index, "it names \(name), which is not there")
        }
        return try SafetensorsFile(parsing: try fileSystem.read(path), name: path)
      }
      try self.init(files: files, weightMap: map)
    }
  }

  /// The tensors of one file.
  public init(file: String, in fileSystem: some FileSystem = LocalFileSystem()) throws {
    guard try fileSystem.status(file) != nil else {
      throw SafetensorsError(.missing, file: file, "no such file")
    }
    let tensors = try SafetensorsFile(parsing: try fileSystem.read(file), name: file)
    try self.init(files: [tensors], weightMap: nil)
  }

  private init(files: [SafetensorsFile], weightMap: ShardIndex?) throws(SafetensorsError) {
    var owners: [[UInt8]: Int] = [:]
    var warnings = files.flatMap { $0.header.warnings }
    for (index, file) in files.enumerated() {
      for entry in file.header.entries {
        let previous = owners.updateValue(index, forKey: Array(entry.name.utf8))
        if let previous {
          throw SafetensorsError(
            .duplicate, file: file.name, tensor: entry.name,
            "it is in \(files[previous].name) too")
        }
        if let weightMap, weightMap.shards[Array(entry.name.utf8)] == nil {
          warnings.append("\(file.name): tensor \(entry.name) is not in the index")
        }
      }
    }
    if let weightMap {
      for (name, shard) in weightMap.shards where owners[name] != shard {
        throw SafetensorsError(
          .missing, file: files[shard].name, tensor: String(decoding: name, as: UTF8.self),
          "the index says it is here, and it is not")
      }
    }
    names = owners.keys.sorted { $0.lexicographicallyPrecedes($1) }
      .map { String(decoding: $0, as: UTF8.self) }
    (self.files, self.owners, self.warnings) = (files, owners, warnings)
  }

  /// The file that holds the tensor.
  public func file(of name: String) -> SafetensorsFile? {
    owners[Array(name.utf8)].map { files[$0] }
  }
}

/// `model.safetensors.index.json`: which shard holds which tensor.
struct ShardIndex {
  /// The shards' names in byte order.
  let files: [String]
  /// Positions in `files` by tensor name.
  let shards: [[UInt8]: Int]

  init(parsing bytes: [UInt8], file: String) throws(SafetensorsError) {
    let json: JSON
    do throws(JSONError) {
      json = try JSON(parsing: bytes)
    } catch {
      throw SafetensorsError(.headerContent, file: file, "\(error)")
    }
    guard let map = json["weight_map"]?.members else {
      throw SafetensorsError(.headerContent, file: file, "expected an object \"weight_map\"")
    }
    var tensors: [[UInt8]: [[UInt8]]] = [:]
    for member in map {
      guard let shard = member.value.string, Self.isBaseName(shard) else {
        throw SafetensorsError(
          .headerContent, file: file, tensor: member.key,
          "expected a file name without a directory, found \(member.value.summary)")
      }
      tensors[Array(shard.utf8), default: []].append(Array(member.key.utf8))
    }
    let names = tensors.keys.sorted { $0.lexicographicallyPrecedes($1) }
    var shards: [[UInt8]: Int] = [:]
    for (index, name) in names.enumerated() {
      for tensor in tensors[name] ?? [] { shards[tensor] = index }
    }
    files = names.map { String(decoding: $0, as: UTF8.self) }
    self.shards = shards
  }

  private static func isBaseName(_ name: String) -> Bool {
    !["", ".", ".."].contains(name) && name.utf8.allSatisfy { $0 != UInt8(ascii: "/") && $0 != 0 }
  }
}
