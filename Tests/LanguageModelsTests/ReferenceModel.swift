import Foundation
import LanguageModels
import NeuralNetworks
import TensorCore
import TestSupport

/// A checkpoint of `Tests/Fixtures/models` with what transformers computed from it.
struct ReferenceModel {
  static let names = [
    "llama_gqa_untied", "llama_gqa_tied", "llama_rope_llama3", "llama_bf16", "llama_sharded",
  ]
  static let withGradients = ["llama_gqa_untied", "llama_rope_llama3"]

  let architecture: Architecture
  let parameters: Parameters
  private let reference: SafetensorsFile

  init(_ name: String) throws {
    let path = Fixture.url("models/\(name)").path
    let loaded = try ModelDirectory.load(path)
    (architecture, parameters) = (loaded.architecture, loaded.parameters)
    reference = try Self.file("models/\(name)/reference.safetensors")
  }

  static func file(_ path: String) throws -> SafetensorsFile {
    try SafetensorsFile(parsing: Array(try Fixture.data(path)), name: path)
  }

  func model() throws -> any LanguageModel { try architecture.model(parameters) }
  func floats(_ name: String) throws -> [Float] { try reference.tensor(name).values }

  func integers(_ name: String) throws -> [[Int32]] { try Self.integers(name, in: reference) }

  /// A matrix of I32 by rows.
  static func integers(_ name: String, in file: SafetensorsFile) throws -> [[Int32]] {
    guard let entry = file.entry(of: name), let bytes = file.bytes(of: name),
      let shape = entry.shape
    else { throw CocoaError(.fileReadCorruptFile) }
    let all = stride(from: bytes.startIndex, to: bytes.endIndex, by: 4).map { at in
      Int32(bitPattern: (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[at + $1]) << (8 * $1) })
    }
    return (0..<shape[0]).map { Array(all[$0 * shape[1]..<($0 + 1) * shape[1]]) }
  }
}

/// The largest difference of two lists of one length.
func largestDifference(_ a: [Float], _ b: [Float]) -> Float {
  precondition(a.count == b.count, "largestDifference: \(a.count) and \(b.count) values")
  return zip(a, b).reduce(0) { max($0, abs($1.0 - $1.1)) }
}

extension LanguageModel {
  /// The logits of every row of sequences laid end to end, by sequence.
  func logits(of sequences: [[Int32]]) -> [[Float]] {
    var packed = PackedTokens()
    // A last token has no row: one more is appended, which nobody sees.
    for sequence in sequences { packed.append(whole: sequence + [0]) }
    let hidden = hiddenStates(of: packed)
    var first = 0
    return sequences.map { sequence in
      let rows = (first..<first + sequence.count).map { Int32($0) }
      first += sequence.count
      return hidden.logits(head: head.weight, rows: rows).values
    }
  }
}
