import Foundation
import Platform
import TensorCore
import Testing

@testable import NeuralNetworks

@Suite struct SafetensorsFileTests {
  /// Five types out of order: F64 before F32 before BF16 before I8, names in order within a type.
  @Test func writesTheReferenceLayout() throws {
    let bytes = SafetensorsFile.bytes(of: [
      SafetensorsBlob(name: "i8", type: .i8, shape: [3], bytes: [1, 2, 3]),
      SafetensorsBlob(name: "z", type: .f32, shape: [1], bytes: [4, 5, 6, 7]),
      SafetensorsBlob(name: "b16", type: .bf16, shape: [1, 1], bytes: [8, 9]),
      SafetensorsBlob(name: "a", type: .f32, shape: [], bytes: [10, 11, 12, 13]),
      SafetensorsBlob(name: "d", type: .f64, shape: [0], bytes: []),
    ])
    let header =
      #"{"__metadata__":{"format":"pt"},"#
      + #""d":{"dtype":"F64","shape":[0],"data_offsets":[0,0]},"#
      + #""a":{"dtype":"F32","shape":[],"data_offsets":[0,4]},"#
      + #""z":{"dtype":"F32","shape":[1],"data_offsets":[4,8]},"#
      + #""b16":{"dtype":"BF16","shape":[1,1],"data_offsets":[8,10]},"#
      + #""i8":{"dtype":"I8","shape":[3],"data_offsets":[10,13]}}"#
    let padded = (header.utf8.count + 7) / 8 * 8
    #expect(bytes.prefix(8) == [UInt8(padded & 255), UInt8(padded >> 8), 0, 0, 0, 0, 0, 0])
    #expect(
      bytes[8..<8 + padded]
        == (Array(header.utf8) + [UInt8](repeating: 0x20, count: padded - header.utf8.count))[...])
    #expect(bytes[(8 + padded)...] == [10, 11, 12, 13, 4, 5, 6, 7, 8, 9, 1, 2, 3])
    let file = try SafetensorsFile(parsing: bytes)
    #expect(file.bytes(of: "z") == [4, 5, 6, 7])
    #expect(file.bytes(of: "i8") == [1, 2, 3])
    #expect(file.bytes(of: "nobody") == nil)
    #expect(file.header.metadata == ["format": "pt"])
  }

  /// Files written by the reference implementation, read and written again.
  @Test(arguments: [
    "llama_bf16/model.safetensors", "llama_gqa_tied/model.safetensors",
    "llama_gqa_untied/reference.safetensors", "llama_sharded/model-00003-of-00005.safetensors",
  ])
  func rewritesReferenceFilesByteForByte(_ name: String) throws {
    let original = try LocalFileSystem().read("\(fixtures)/models/\(name)")
    let file = try SafetensorsFile(parsing: original, name: name)
    let blobs = try file.header.entries.reversed().map { entry in
      SafetensorsBlob(
        name: entry.name, type: entry.type, shape: try #require(entry.shape),
        bytes: Array(try #require(file.bytes(of: entry.name))))
    }
    let isSame = SafetensorsFile.bytes(of: blobs, metadata: file.header.metadata) == original
    #expect(isSame)
  }

  /// é as one scalar and as two: equal to `String ==`, two tensors here.
  @Test func namesAreTheirBytes() throws {
    let file = try SafetensorsFile(
      parsing: SafetensorsFile.bytes(of: [
        SafetensorsBlob(name: "\u{e9}", type: .u8, shape: [1], bytes: [1]),
        SafetensorsBlob(name: "e\u{301}", type: .u8, shape: [1], bytes: [2]),
      ]))
    #expect(file.bytes(of: "\u{e9}") == [1])
    #expect(file.bytes(of: "e\u{301}") == [2])
  }
}

@Suite struct SafetensorsTensorTests {
  /// 1.5 in each type: 0x3fc00000, 0x3e00, 0x3fc0; -2 in F16 is 0xc000.
  @Test func threeTypesOfFloatAreRead() throws {
    let file = try SafetensorsFile(
      parsing: SafetensorsFile.bytes(of: [
        SafetensorsBlob(name: "f32", type: .f32, shape: [1], bytes: [0, 0, 0xc0, 0x3f]),
        SafetensorsBlob(name: "f16", type: .f16, shape: [2, 1], bytes: [0, 0x3e, 0, 0xc0]),
        SafetensorsBlob(name: "bf16", type: .bf16, shape: [], bytes: [0xc0, 0x3f]),
      ]))
    #expect(try file.tensor("f32").values == [1.5])
    #expect(try file.tensor("f16").values == [1.5, -2])
    #expect(try file.tensor("f16").shape == [2, 1])
    #expect(try file.tensor("bf16").values == [1.5])
    #expect(try file.tensor("bf16").shape == [])
  }

  @Test(arguments: SafetensorsType.allCases.filter { ![.f32, .f16, .bf16].contains($0) })
  func otherTypesAreRefusedByName(_ type: SafetensorsType) throws {
    let blob = SafetensorsBlob(
      name: "w", type: type, shape: [8], bytes: [UInt8](repeating: 0, count: Int(type.bitWidth)))
    let file = try SafetensorsFile(parsing: SafetensorsFile.bytes(of: [blob]), name: "f")
    let error = #expect(throws: SafetensorsError.self) { try file.tensor("w") }
    #expect(error?.rule == .unsupportedType)
    #expect(error?.description.contains("f: tensor w: \(type.rawValue)") == true)
    #expect(throws: SafetensorsError.self) { try file.tensor("absent") }
  }

  @Test func parametersComeBackAsTheyWere() throws {
    var parameters = Parameters()
    parameters["b"] = Tensor([1, -0.0, .infinity, .leastNonzeroMagnitude], shape: [2, 2])
    parameters["a"] = Tensor([3])
    let read = try Parameters(safetensors: parameters.safetensorsBytes)
    #expect(read.isIdentical(to: parameters))
    #expect(read.names == ["a", "b"])
  }

  @Test func readsTheReferenceBrainFloats() throws {
    let original = try LocalFileSystem().read("\(fixtures)/models/llama_bf16/model.safetensors")
    let file = try SafetensorsFile(parsing: original)
    #expect(file.header.entries.allSatisfy { $0.type == .bf16 })
    let parameters = try Parameters(safetensors: original)
    #expect(parameters.firstNonFinite == nil)
    #expect(parameters.count * 2 == file.header.entries.reduce(0) { $0 + $1.range.count })
  }
}

@Suite struct SafetensorsShardsTests {
  private func blob(_ name: String) -> SafetensorsBlob {
    SafetensorsBlob(name: name, type: .u8, shape: [1], bytes: Array(name.utf8.prefix(1)))
  }

  /// A directory with shards `1` (a, b) and `2` (c) and the given map.
  private func checkpoint(
    _ map: String, second: [String] = ["c"], _ body: (CheckpointTensors) throws -> Void
  ) throws {
    let files = LocalFileSystem()
    let directory = "\(NSTemporaryDirectory())/shards-\(UUID().uuidString)"
    try files.createDirectories(directory)
    defer { try? files.removeAll(directory) }
    try files.write(SafetensorsFile.bytes(of: ["a", "b"].map(blob)), to: "\(directory)/1")
    try files.write(SafetensorsFile.bytes(of: second.map(blob)), to: "\(directory)/2")
    try files.write(
      Array(#"{"metadata":{"total_size":3},"weight_map":{\#(map)}}"#.utf8),
      to: "\(directory)/model.safetensors.index.json")
    try body(try CheckpointTensors(directory: directory))
  }

  @Test func findsEachTensorInItsShard() throws {
    try checkpoint(#""a":"1","b":"1","c":"2""#) { tensors in
      #expect(tensors.names == ["a", "b", "c"])
      #expect(tensors.file(of: "c")?.bytes(of: "c") == [0x63])
      #expect(tensors.file(of: "c")?.name.hasSuffix("/2") == true)
      #expect(tensors.file(of: "d") == nil)
      #expect(tensors.warnings == [])
    }
  }

  @Test func warnsOfTensorsThatTheIndexLacks() throws {
    try checkpoint(#""a":"1","c":"2""#) { tensors in
      #expect(tensors.warnings.count == 1)
      #expect(tensors.warnings.first?.hasSuffix("tensor b is not in the index") == true)
    }
  }

  @Test(arguments: [
    (#""a":"1","b":"2","c":"2""#, ["c"], SafetensorsError.Rule.missing),
    (#""a":"1","b":"1","c":"3""#, ["c"], .missing),
    (#""a":"1","b":"1","c":"2""#, ["b", "c"], .duplicate),
    (#""a":"1","b":"1","c":"../2""#, ["c"], .headerContent),
    (#""a":"1","b":"1","c":"..""#, ["c"], .headerContent),
    (#""a":"1","b":"1","c":7"#, ["c"], .headerContent),
  ])
  func refusesAnIndexThatLies(
    _ map: String, _ second: [String], _ rule: SafetensorsError.Rule
  ) throws {
    let error = #expect(throws: SafetensorsError.self) {
      try checkpoint(map, second: second) { _ in }
    }
    #expect(error?.rule == rule)
  }

  @Test func readsTheReferenceShards() throws {
    let tensors = try CheckpointTensors(directory: "\(fixtures)/models/llama_sharded")
    let parameters = try tensors.parameters()
    #expect(parameters.count == 25312)  // `total_parameters` of its index
    #expect(parameters.names == tensors.names)
  }

  @Test func aDirectoryWithoutWeightsIsNamed() {
    let error = #expect(throws: SafetensorsError.self) { try CheckpointTensors(directory: "/proc") }
    #expect(error?.file == "/proc/model.safetensors")
  }
}

private let fixtures: String = {
  let tests = parentDirectory(of: parentDirectory(of: #filePath))
  return "\(tests)/Fixtures"
}()
